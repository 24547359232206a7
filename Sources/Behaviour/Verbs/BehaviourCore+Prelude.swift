extension BehaviourCore {
    /// What is easiest said in Lua itself: runs in each script's own state, inside its budget.
    static let prelude = """
        local host, pack, unpack = host, table.pack, table.unpack
        local setmetatable, error, type, pairs, ipairs = setmetatable, error, type, pairs, ipairs
        local tostring, rawset = tostring, rawset
        local function knowledge(title, facts)
            return setmetatable({}, {
                __index = function(_, name)
                    local fact = facts[name]
                    if not fact then error(title .. "." .. tostring(name) .. " is not known", 2) end
                    return fact()
                end,
                __newindex = function() error(title .. " cannot be changed", 2) end,
                __metatable = false,
            })
        end
        person, robot = knowledge("person", person_facts), knowledge("robot", robot_facts)
        person_facts, robot_facts = nil, nil
        _G.host = nil
        math.random = random
        local globals = _G
        local handle = {}
        handle.__index = handle
        function handle:wait(...) return host.join(self.thread) end
        function handle:cancel() return host.cancel(self.thread) end
        function handle:running() return host.running(self.thread) end
        async = setmetatable({}, {
            __index = function(_, name)
                local verb = globals[name]
                if type(verb) ~= "function" then error("async." .. tostring(name) .. " is not known", 2) end
                return function(...)
                    local arguments = pack(...)
                    return setmetatable(
                        {thread = host.spawn(function() verb(unpack(arguments, 1, arguments.n)) end)}, handle)
                end
            end,
            __metatable = false,
        })
        local function start(list)
            local threads = {}
            for index, step in ipairs(list) do threads[index] = host.spawn(step) end
            return threads
        end
        function parallel(...)
            local threads = start({...})
            for _, thread in ipairs(threads) do host.join(thread) end
        end
        function sequence(...)
            for _, step in ipairs({...}) do step() end
        end
        function race(...)
            local threads = start({...})
            wait_until(function()
                for _, thread in ipairs(threads) do if not host.running(thread) then return true end end
                return false
            end)
            local first
            for index, thread in ipairs(threads) do
                if not host.running(thread) then first = first or index else host.cancel(thread) end
            end
            return first
        end
        function repeat_(count, step)
            for index = 1, count do step(index) end
        end
        function state(states, name)
            while name do
                local step = states[name]
                if not step then error("there is no state " .. tostring(name), 2) end
                name = step()
            end
        end
        """
}
