import FaceKit

/// Lua sources, good and bad, written by hand from the reference manual and `lparser.c`; and mutations of them.
enum LuaCorpus {
    /// Each is one chunk; some are Lua, some are not: the system's compiler says which.
    static let chunks: [String] = [
        "", ";", ";;;", "return", "return;", "return 1, 2", "return return", "return 1 return 2", "return;;",
        "x = 1", "x", "x, y = 1", "x.y = 1", "x.y", "x[1] = 2", "x[1][2].z = 3", "f()", "f{}", "f''", "f[[x]]",
        "f().x = 1", "f() = 1", "(x) = 1", "(x).y = 1", "(x)", "(f())", "(f)()", "('x'):rep(3)", "'x':rep(3)",
        "x:y()", "x:y", "x:y{}.z()", "x:y = 1", "a.b:c'd'", "a.b.c.d.e()", "a, f() = 1", "a, b.c, d[1] = f()",
        "local x", "local x = 1", "local x, y, z = 1, 2", "local x <const> = 1", "local x <close> = nil",
        "local x <const>, y <close> = 1, nil", "local x <close>, y <close> = nil", "local x <foo> = 1",
        "local x <const> = 1; x = 2", "local x <const> = 1; local function f() x = 2 end",
        "local x <const> = {}; x.y = 2", "local x <close> = nil; x = 1", "local x <const> = 1; function x() end",
        "local x <const> = {}; function x.y() end", "local x < const > = 5", "local function f() end",
        "local function f.x() end", "function f() end", "function a.b.c() end", "function a.b:c() end",
        "function a:b.c() end", "function f(a, b, ...) return ... end", "function f(..., a) end",
        "function f(a,) end", "function f() return ... end", "return ...", "local f = function(...) return ... end",
        "do end", "do local x end x = 1", "while true do end", "while x do break end", "break", "do break end",
        "if x then end", "if x then elseif y then else end", "if x then else elseif y then end", "if x end",
        "for i = 1, 2 do end", "for i = 1, 2, 3 do end", "for i = 1 do end", "for i = 1, 2, 3, 4 do end",
        "for i in x do end", "for i, j, k in pairs(x) do end", "for i, j = 1, 2 do end", "for i.x in y do end",
        "for i in do end", "repeat until x", "repeat local x until x", "repeat break until true",
        "while x do local function f() break end end", "for i = 1, 2 do i = 3 end",
        "goto a ::a::", "goto a", "::a:: goto a", "::a:: ::a::", "do ::a:: end ::a::", "::a:: do ::a:: end",
        "do goto a end ::a::", "goto a; local x ::a:: x = 1", "goto a; local x ::a::", "goto a; local x ::a:: ; ::b::",
        "repeat goto c; local x; ::c:: until x", "repeat goto c; local x; ::c:: ; until true",
        "while x do goto continue; local y; ::continue:: end", "function f() goto a end ::a::",
        "::a:: function f() goto a end", "do goto a; local x end ::a:: local y",
        "for i = 1, 3 do for j = 1, 3 do goto out end end ::out::", "goto = 1", "::1::", "goto 1", "::break::",
        "do local x; goto a; do ::a:: end end", "if x then goto a end local y ::a:: y()", "::a::::b::::c::",
        "x = 1 + 2 * 3 ^ 4 .. 5 // 6 % 7 << 8 >> 9 & 10 | 11 ~ 12", "x = not not - - # ~ y", "x = a < b <= c",
        "x = a == b ~= c", "x = a ~ = b", "x = a and b or c", "x = -x ^ -y", "x = 2 ^ - 3", "x = a .. b .. c ..",
        "x = {}", "x = {1, 2, 3}", "x = {1; 2, 3;}", "x = {a = 1, [2] = 3, 'x'}", "x = {,}", "x = {a = }",
        "x = {[1]}", "x = {a.b = 1}", "x = {f = function() end, g()}", "x = {{{{}}}}", "x = {a == b}",
        "x = {a, b = c, }",
        "x = 3", "x = 3.", "x = .5", "x = 3.5e10", "x = 3e", "x = 3e+", "x = 3e-5", "x = 0x", "x = 0xA", "x = 0xA.8p1",
        "x = 0x.1", "x = 0x.p1", "x = 0xp1", "x = 0x1p", "x = 0X1P+4", "x = 1..2", "x = 1 ..2", "x = 3x", "x = 0b1",
        "x = 9223372036854775807", "x = 9223372036854775808", "x = 0xffffffffffffffffff", "x = 1e400", "x = 1_000",
        "x = 08", "x = 3.3.3", "x = 5and 6", "x = 5 and6", "x = 0xep1", "x = 1e5e5", "x = .", "x = ..", "x = ...",
        "x = 'a'", "x = \"a\"", "x = 'a", "x = 'a\nb'", "x = 'a\\\nb'", "x = 'a\\\r\nb'", "x = 'a\\z  \n  b'",
        "x = '\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"'", "x = '\\x41'", "x = '\\x4'", "x = '\\xG1'", "x = '\\65'",
        "x = '\\255'",
        "x = '\\256'", "x = '\\999'", "x = '\\0'", "x = '\\u{48}'", "x = '\\u{7FFFFFFF}'", "x = '\\u{80000000}'",
        "x = '\\u{}'", "x = '\\u{4'", "x = '\\u48'", "x = '\\u{0000000000048}'", "x = '\\q'", "x = '\\", "x = '\\z",
        "x = [[a]]", "x = [[\na\n]]", "x = [==[ ]] ]=] ]==]", "x = [=[ a ]]", "x = [= a", "x = [[a", "x = [[]]]]",
        "x = [===[\r\n\r]===]", "x = a[[b]]", "x = a[b]", "x = a[ [[b]] ]", "x = [=a",
        "-- comment", "--[[ long ]]", "--[[ long", "--[==[ ]] ]==] x = 1", "--[= not long\nx = 1", "x = 1 --", "--",
        "x = 1 --[[a]] + 2", "#!/usr/bin/lua", "x = a - -1", "x = a--1", "x = @", "x = $", "x = `a`", "x = a ? b",
        "x = !a", "x += 1", "x != 1", "x = a != b", "x = a && b", "\\", "x = é", "é = 1", "x = 'é'", "-- é",
        "x = \u{0}",
        "x = '\u{0}'", "\u{FEFF}x = 1", "x = a:b", "x = a:b.c", "x = a.b:c()", "x = a.1", "x = a.end", "x = a.'b'",
        "x = f(1, 2,)", "x = f(,)", "x = f(", "x = f)", "x = (", "x = ()", "x = (a", "x = (a, b)", "x = function end",
        "x = function() end()", "(function() end)()", "x = (function() return 1 end)()", "nil = 1", "true()", "'x'()",
        "end", "until", "else", "do", "then", "function", "local", "local 1", "local function", "and", "not x", "1",
        "if", "while", "for", "repeat", "goto", "if x then", "function f(", "function f() return", "x =", "x = 1 2",
        "local x = = 1", "return function() return end", "return nil, true, false, ...", "return f(), (f())", "x = #",
        "local a <const>", "local a <const> = nil a = 1", "local _ENV = {} x = 1", "_ENV.x = 1", "local x <close>",
        "local x <const> = 1 for x = 1, 2 do x = 3 end", "local function f(x) x = 1 end", "x=y=z", "a.b, c = 1, 2",
        "while true do ::x:: goto x end", "repeat local a <const> = 1 until a", "f\n()", "f\n'x'", "a.b\n.c()",
        "a:\nb()",
        "\r\n\r\nx = 1\r\n", "\n\rx\n\r=\n\r1", "x = 1;;;; y = 2", "return {...}", "local t <const> = {...} return t",
        "for k, v in next, {} do end", "for _ = 1, 2 do local _ <close> = nil end", "goto x do ::x:: end", "::é::",
    ]

    /// Sources at the edges of nesting and of the number of names.
    static var limits: [String] {
        var sources: [String] = []
        for depth in [10, 60, 90, 97, 98, 99, 100, 101, 150, 190, 196, 197, 198, 199, 200, 201, 260] {
            func times(_ text: String) -> String { String(repeating: text, count: depth) }
            sources += [
                "x = " + times("(") + "1" + times(")"), times("do ") + times("end "), "x = " + times("{") + times("}"),
                "x = " + times("-") + "1", "x = " + times("not ") + "1", "x = " + times("1 .. ") + "1",
                "x = " + times("1 ^ ") + "1", "x = " + times("1 + ") + "1", times("if x then ") + times("end "),
                "x = " + times("function() return ") + "1" + times(" end"), times("while x do ") + times("end "),
                "x = " + times("a[") + "1" + times("]"), "x = " + times("f(") + times(")"), "x = a" + times(".b"),
                "x = f" + times("()"), times("x, ") + "x = 1", times("local x; "), "local " + times("x, ") + "x",
                "function f(" + times("x, ") + "x) end", times("::a" + "::").isEmpty ? "" : "f()" + times(" ;"),
                (0..<depth).map { "::l\($0)::" }.joined(), "if x then " + times("elseif x then ") + "end",
                "for i = 1, 2 do " + times("local x; ") + " end", "for " + times("i, ") + "i in x do end",
            ]
        }
        return sources
    }

    /// A source with a few bytes or words changed.
    static func mutation(of sources: [[UInt8]], using random: inout CounterDraws) -> [UInt8] {
        var bytes = sources[random.below(sources.count)]
        for _ in 0..<(1 + random.below(4)) {
            let place = random.below(bytes.count + 1)
            switch random.below(5) {
            case 0: if place < bytes.count { bytes.remove(at: place) }
            case 1: bytes.insert(UInt8(truncatingIfNeeded: random.below(256)), at: place)
            case 2: bytes.insert(contentsOf: (" " + words[random.below(words.count)] + " ").utf8, at: place)
            case 3: if place < bytes.count { bytes.swapAt(place, random.below(bytes.count)) }
            default:
                let other = sources[random.below(sources.count)]
                bytes.insert(contentsOf: other.prefix(random.below(other.count + 1)), at: place)
            }
        }
        return bytes
    }

    private static let words = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil",
        "not", "or", "repeat", "return", "then", "true", "until", "while", "x", "y", "1", "0x1", "1.5", "'s'", "[[l]]",
        "+", "-", "..", "...", "==", "=", "(", ")", "{", "}", "[", "]", "::", ";", ":", ",", ".", "<const>", "<close>",
        "--", "\n", "#", "~", "//", "<<", "goto a", "::a::",
    ]
}

/// Draws in a row from the counter-based generator.
struct CounterDraws {
    private let random: CounterRandom
    private var count: UInt32 = 0

    init(seed: UInt64) { random = CounterRandom(seed: seed, system: .test) }

    mutating func below(_ bound: Int) -> Int {
        count += 1
        return Int(random.bits(frame: count, draw: 0) % UInt32(max(bound, 1)))
    }
}
