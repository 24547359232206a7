/// Whole scripts of the kind that people write, as a ground for mutations.
enum LuaSamples {
    static let scripts = [
        #"""
        -- A robot that greets whoever comes and says goodbye when they go.
        local greetings <const> = { "Hello", "Hi", [10] = "Good day"; last = 0x10 }
        local count = 0

        on("person_arrived", function(person)
            count = count + 1
            if not person or count > 1e3 then
                return
            elseif count % 2 == 0 then
                nod(2, 8.5)
            else
                say(greetings[1] .. ", " .. (person.name or [[friend]]))
            end
        end)

        local function step(...)
            local a, b = select("#", ...), ...
            for i = 1, a do
                if i == 3 then goto continue end
                log(("%d of %s"):format(i, tostring(b)))
                ::continue::
            end
            return a, b
        end

        while true do
            repeat
                local state = step(1, nil, "x\u{20AC}\n", { n = 1 })
                wait(0.5)
            until state ~= 4 or person.present
            for key, value in pairs { x = 1, y = -2 ^ 2 } do
                log(key, value // 1 | 3 & ~5 << 2)
            end
            wait(1.0)
        end
        """#,
        #"""
        local Machine = {}
        Machine.__index = Machine

        function Machine.new(states)
            return setmetatable({ states = states, now = "idle" }, Machine)
        end

        function Machine:go(name)
            assert(self.states[name], "no state " .. name)
            self.now = name
            return self
        end

        local machine = Machine.new { idle = function() idle{} end, busy = function() listen{ gain = 0.8 } end }
        machine:go("busy"):go "idle"
        parallel(
            function() nod(1) wait(0.2) nod(1) end,
            function()
                for i = 10, 1, -1 do
                    if i < 5 then break end
                    blink()
                    wait(i / 10)
                end
            end)
        do
            local t <close> = nil
            local s = [==[
            long ]] text
            ]==]
            --[[ a
            long comment ]] log(#s)
        end
        return machine
        """#,
    ]
}
