// What a script may use of Lua's libraries: everything that computes, nothing that reaches out; every loop in C is charged.

#include <math.h>
#include <string.h>

#include "host.h"

// Protected calls: an error may be held, the end of the budget may not.

// Counts this thread's protected calls; an error at the call where there are too many inside each other.
static void enter(lua_State *L) {
    mien_lua *lua = mien_of(L);
    mien_charge(L, 4);
    if (lua->thread_number < 0 || lua->thread_number >= lua->nesting_count) return;
    if (lua->nesting[lua->thread_number] >= MIEN_NESTING) luaL_error(L, "too many pcalls inside each other");
    lua->nesting[lua->thread_number]++;
}

static void leave(lua_State *L, bool has_failed) {
    mien_lua *lua = mien_of(L);
    if (has_failed) lua->fuel -= 500;
    if (lua->thread_number < 0 || lua->thread_number >= lua->nesting_count) return;
    if (lua->nesting[lua->thread_number] > 0) lua->nesting[lua->thread_number]--;
}

static int after_call(lua_State *L, int status, lua_KContext context) {
    leave(L, status != LUA_OK && status != LUA_YIELD);
    if (status != LUA_OK && status != LUA_YIELD) {
        if (mien_of(L)->killed) return lua_error(L);
        lua_pushboolean(L, 0);
        lua_insert(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)context;
}

static int protected_call(lua_State *L) {
    luaL_checkany(L, 1);
    enter(L);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, after_call);
    return after_call(L, status, 0);
}

// The handler is called once the stack is unwound, like any other function.
static int after_handled_call(lua_State *L, int status, lua_KContext context) {
    (void)context;
    leave(L, status != LUA_OK && status != LUA_YIELD);
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 1;
    if (mien_of(L)->killed) return lua_error(L);
    // handler, ..., error
    lua_pushvalue(L, 1);
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int handled_call(lua_State *L) {
    luaL_checktype(L, 2, LUA_TFUNCTION);
    enter(L);
    int arguments = lua_gettop(L) - 2;
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_replace(L, 1);
    lua_replace(L, 2);
    // handler, function, arguments
    lua_pushboolean(L, 1);
    lua_insert(L, 2);
    int status = lua_pcallk(L, arguments, LUA_MULTRET, 0, 0, after_handled_call);
    return after_handled_call(L, status, 0);
}

// Metatables

static int get_metatable(lua_State *L) {
    luaL_checkany(L, 1);
    // Those of strings belong to the host.
    if (lua_type(L, 1) != LUA_TTABLE || !lua_getmetatable(L, 1)) {
        lua_pushnil(L);
        return 1;
    }
    luaL_getmetafield(L, 1, "__metatable");
    return 1;
}

static int set_metatable(lua_State *L) {
    static const char *const refused[] = {"__gc", "__close", "__mode", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    int kind = lua_type(L, 2);
    luaL_argexpected(L, kind == LUA_TNIL || kind == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
    if (kind == LUA_TTABLE) {
        for (int index = 0; refused[index]; index++) {
            lua_pushstring(L, refused[index]);
            if (lua_rawget(L, 2) != LUA_TNIL) {
                return luaL_error(L, "metatables with %s are not allowed here", refused[index]);
            }
            lua_pop(L, 1);
        }
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

// Walks over tables in an order that does not depend on where things lie in memory: numbers rising, texts in the order of
// their bytes, false, true.

static int rank(lua_State *L, int index) {
    switch (lua_type(L, index)) {
    case LUA_TNUMBER: return 0;
    case LUA_TSTRING: return 1;
    case LUA_TBOOLEAN: return 2;
    default: return luaL_error(L, "keys that are tables or functions have no fixed order to walk in");
    }
}

static bool comes_before(lua_State *L, int a, int b) {
    int of_a = rank(L, a), of_b = rank(L, b);
    if (of_a != of_b) return of_a < of_b;
    if (of_a == 0) return lua_compare(L, a, b, LUA_OPLT);
    if (of_a == 2) return !lua_toboolean(L, a) && lua_toboolean(L, b);
    size_t size_a, size_b;
    const char *text_a = lua_tolstring(L, a, &size_a), *text_b = lua_tolstring(L, b, &size_b);
    size_t common = size_a < size_b ? size_a : size_b;
    mien_charge(L, (int64_t)(common / 16));
    int order = memcmp(text_a, text_b, common);
    return order != 0 ? order < 0 : size_a < size_b;
}

// A heap sort of the list at `list`, with `before` telling whether the value at -2 comes before the one at -1.
typedef bool (*order)(lua_State *L);

static bool by_key(lua_State *L) {
    int top = lua_gettop(L);
    return comes_before(L, top - 1, top);
}

static bool by_value(lua_State *L) { return lua_compare(L, -2, -1, LUA_OPLT); }

// The comparing function lies at stack index 2.
static bool by_function(lua_State *L) {
    lua_pushvalue(L, 2);
    lua_pushvalue(L, -3);
    lua_pushvalue(L, -3);
    lua_call(L, 2, 1);
    bool result = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return result;
}

static bool is_before(lua_State *L, int list, lua_Integer a, lua_Integer b, order before) {
    mien_charge(L, 6);
    lua_geti(L, list, a);
    lua_geti(L, list, b);
    bool result = before(L);
    lua_pop(L, 2);
    return result;
}

static void exchange(lua_State *L, int list, lua_Integer a, lua_Integer b) {
    lua_geti(L, list, a);
    lua_geti(L, list, b);
    lua_seti(L, list, a);
    lua_seti(L, list, b);
}

static void sift(lua_State *L, int list, lua_Integer root, lua_Integer count, order before) {
    for (;;) {
        lua_Integer child = 2 * root;
        if (child > count) return;
        if (child < count && is_before(L, list, child, child + 1, before)) child++;
        if (!is_before(L, list, root, child, before)) return;
        exchange(L, list, root, child);
        root = child;
    }
}

static void sort_list(lua_State *L, int list, lua_Integer count, order before) {
    for (lua_Integer root = count / 2; root >= 1; root--) sift(L, list, root, count, before);
    for (lua_Integer end = count; end > 1; end--) {
        exchange(L, list, 1, end);
        sift(L, list, 1, end - 1, before);
    }
}

static int walk(lua_State *L) {
    // Upvalues: the table, its sorted keys, how far.
    lua_Integer place = lua_tointeger(L, lua_upvalueindex(3));
    for (;;) {
        mien_charge(L, 2);
        lua_settop(L, 0);
        if (lua_rawgeti(L, lua_upvalueindex(2), ++place) == LUA_TNIL) return 1;
        lua_pushvalue(L, 1);
        if (lua_rawget(L, lua_upvalueindex(1)) == LUA_TNIL) continue;
        lua_pushinteger(L, place);
        lua_replace(L, lua_upvalueindex(3));
        return 2;
    }
}

static lua_Integer sorted_keys(lua_State *L, int table) {
    lua_newtable(L);
    int list = lua_gettop(L);
    lua_Integer count = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        mien_charge(L, 4);
        lua_pop(L, 1);
        rank(L, -1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, list, ++count);
    }
    sort_list(L, list, count, by_key);
    return count;
}

static int pairs(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushvalue(L, 1);
    sorted_keys(L, 1);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, walk, 3);
    lua_pushnil(L);
    lua_pushnil(L);
    return 3;
}

static int next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    bool has_key = !lua_isnil(L, 2), is_found = false;
    // The least key that comes after the given one.
    lua_pushnil(L);
    lua_pushnil(L);
    while (lua_next(L, 1)) {
        mien_charge(L, 8);
        lua_pop(L, 1);
        rank(L, -1);
        if ((!has_key || comes_before(L, 2, lua_gettop(L)))
            && (!is_found || comes_before(L, lua_gettop(L), 3))) {
            lua_pushvalue(L, -1);
            lua_replace(L, 3);
            is_found = true;
        }
    }
    lua_settop(L, 3);
    if (!is_found) return 1;
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}

// A number of a text; long texts are none.
static int to_number(lua_State *L) {
    size_t length = 0;
    if (lua_type(L, 1) == LUA_TSTRING) {
        lua_tolstring(L, 1, &length);
        if (length > 256) {
            lua_pushnil(L);
            return 1;
        }
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

// Tables

static lua_Integer length_of(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    return luaL_len(L, 1);
}

static int table_insert(lua_State *L) {
    lua_Integer end = length_of(L) + 1;
    switch (lua_gettop(L)) {
    case 2: break;
    case 3: {
        lua_Integer place = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)place - 1u < (lua_Unsigned)end, 2, "position out of bounds");
        for (lua_Integer index = end; index > place; index--) {
            mien_charge(L, 8);
            lua_geti(L, 1, index - 1);
            lua_seti(L, 1, index);
        }
        lua_pushvalue(L, 3);
        lua_seti(L, 1, place);
        return 0;
    }
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
    }
    lua_seti(L, 1, end);
    return 0;
}

static int table_remove(lua_State *L) {
    lua_Integer size = length_of(L);
    lua_Integer place = luaL_optinteger(L, 2, size);
    if (lua_gettop(L) > 1) {
        luaL_argcheck(L, (lua_Unsigned)size + 1u == (lua_Unsigned)place || (lua_Unsigned)place - 1u <= (lua_Unsigned)size,
            2, "position out of bounds");
    }
    lua_geti(L, 1, place);
    for (; place < size; place++) {
        mien_charge(L, 8);
        lua_geti(L, 1, place + 1);
        lua_seti(L, 1, place);
    }
    lua_pushnil(L);
    lua_seti(L, 1, place);
    return 1;
}

static int table_concat(lua_State *L) {
    lua_Integer last = length_of(L);
    size_t gap_size;
    const char *gap = luaL_optlstring(L, 2, "", &gap_size);
    lua_Integer first = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (lua_Integer index = first; index <= last; index++) {
        mien_charge(L, 8 + (int64_t)gap_size / 16);
        lua_geti(L, 1, index);
        // A number is written out, which costs as much as some ten instructions, one with a fraction many more.
        if (lua_type(L, -1) == LUA_TNUMBER) mien_charge(L, lua_isinteger(L, -1) ? 10 : 40);
        if (!lua_isstring(L, -1)) {
            return luaL_error(
                L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)index);
        }
        luaL_addvalue(&buffer);
        if (index != last) luaL_addlstring(&buffer, gap, gap_size);
        if (index == LUA_MAXINTEGER) break;
    }
    luaL_pushresult(&buffer);
    return 1;
}

static int table_unpack(lua_State *L) {
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = luaL_opt(L, luaL_checkinteger, 3, luaL_len(L, 1));
    if (first > last) return 0;
    if ((lua_Unsigned)last - (lua_Unsigned)first >= 250) return luaL_error(L, "too many results to unpack");
    int count = (int)(last - first) + 1;
    luaL_checkstack(L, count, "too many results to unpack");
    mien_charge(L, count);
    for (int index = 0; index < count; index++) lua_geti(L, 1, first + index);
    return count;
}

static int table_move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, target, LUA_TTABLE);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        luaL_argcheck(L, to <= LUA_MAXINTEGER - (last - first), 4, "destination wrap around");
        bool is_upwards = to > last || to <= first || (target != 1 && !lua_compare(L, 1, target, LUA_OPEQ));
        lua_Integer count = last - first + 1;
        for (lua_Integer step = 0; step < count; step++) {
            lua_Integer offset = is_upwards ? step : count - 1 - step;
            mien_charge(L, 8);
            lua_geti(L, 1, first + offset);
            lua_seti(L, target, to + offset);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

static int table_sort(lua_State *L) {
    lua_Integer count = length_of(L);
    luaL_argcheck(L, count < 1000000, 1, "array too big");
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    sort_list(L, 1, count, lua_isnil(L, 2) ? by_value : by_function);
    return 0;
}

// A value as text without its address, which would differ from run to run.
static void hide_address(lua_State *L, int index) {
    int kind = lua_type(L, index);
    if (kind != LUA_TTABLE && kind != LUA_TFUNCTION && kind != LUA_TUSERDATA && kind != LUA_TLIGHTUSERDATA) return;
    if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pop(L, 1);
        return;
    }
    lua_pushstring(L, luaL_typename(L, index));
    lua_replace(L, index);
}

static int to_text(lua_State *L) {
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    hide_address(L, 1);
    luaL_tolstring(L, 1, NULL);
    return 1;
}

static int text_format(lua_State *L) {
    const char *form = luaL_checkstring(L, 1);
    for (const char *place = form; (place = strchr(place, '%')) != NULL;) {
        place++;
        if (*place == '%') {
            place++;
            continue;
        }
        place += strspn(place, "-+ #0123456789.");
        if (*place == 'p') return luaL_error(L, "'%%p' is not allowed here");
    }
    int64_t work = 50;
    // A number with a long fraction takes some microseconds to write.
    for (const char *place = form; (place = strchr(place, '%')) != NULL; place++) {
        place += strspn(place + 1, "-+ #0123456789.");
        work += place[1] != 0 && strchr("aAeEfFgG", place[1]) ? 1000 : 100;
    }
    for (int index = lua_gettop(L); index >= 1; index--) {
        size_t length = 0;
        hide_address(L, index);
        if (lua_type(L, index) == LUA_TSTRING) lua_tolstring(L, index, &length);
        work += (int64_t)(length / 8);
    }
    mien_charge(L, work);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

// Texts: Lua's own functions, charged for what goes in.

static int charged(lua_State *L) {
    int64_t work = 4;
    for (int index = lua_gettop(L); index >= 1; index--) {
        size_t length = 0;
        if (lua_type(L, index) == LUA_TSTRING) lua_tolstring(L, index, &length);
        work += (int64_t)(length / 4);
    }
    mien_charge(L, work);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int text_repeat(lua_State *L) {
    size_t length, gap_size;
    const char *text = luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *gap = luaL_optlstring(L, 3, "", &gap_size);
    if (count <= 0 || length + gap_size == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if ((lua_Unsigned)count > mien_of(L)->limit / (length + gap_size)) return luaL_error(L, "resulting string too large");
    size_t total = (length + gap_size) * (size_t)count - gap_size;
    // A text is put together in a buffer and copied: some dozen instructions even where it is short.
    mien_charge(L, (int64_t)(total / 16) + 30);
    luaL_Buffer buffer;
    char *made = luaL_buffinitsize(L, &buffer, total + gap_size);
    memcpy(made, text, length);
    memcpy(made + length, gap, gap_size);
    // What is there is appended to itself until it is long enough.
    for (size_t done = length + gap_size; done < total;) {
        size_t part = done < total - done ? done : total - done;
        memcpy(made + done, made, part);
        done += part;
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}

// Puts functions of the table on top under names into the table at `to`; wrapped ones are charged for their texts.
static void copy(lua_State *L, int to, const char *const *names, bool is_charged) {
    for (; *names; names++) {
        lua_getfield(L, -1, *names);
        if (is_charged && lua_isfunction(L, -1)) lua_pushcclosure(L, charged, 1);
        lua_setfield(L, to, *names);
    }
}

// Opens one of Lua's libraries without its global; its table is on top.
static void open_apart(lua_State *L, const char *name, lua_CFunction open) {
    lua_pushcfunction(L, open);
    lua_pushstring(L, name);
    lua_call(L, 1, 1);
}

// A new table with some functions of one of Lua's libraries is on top, the library's own below it.
static void open_some(
    lua_State *L, const char *name, lua_CFunction open, const char *const *names, bool is_charged) {
    open_apart(L, name, open);
    lua_newtable(L);
    lua_insert(L, -2);
    copy(L, lua_gettop(L) - 1, names, is_charged);
    lua_insert(L, -2);
}

static void add(lua_State *L, const luaL_Reg *functions) { luaL_setfuncs(L, functions, 0); }

void mien_open_library(lua_State *L) {
    static const char *const base[] = {
        "assert", "error", "ipairs", "rawequal", "rawget", "rawlen", "rawset", "select", "type", NULL};
    static const luaL_Reg own_base[] = {
        {"pcall", protected_call}, {"xpcall", handled_call}, {"getmetatable", get_metatable},
        {"setmetatable", set_metatable}, {"pairs", pairs}, {"next", next}, {"tostring", to_text},
        {NULL, NULL}};
    static const char *const numbers[] = {
        "abs", "acos", "asin", "atan", "ceil", "cos", "deg", "exp", "floor", "fmod", "huge", "log", "max", "maxinteger",
        "min", "mininteger", "modf", "pi", "rad", "sin", "sqrt", "tan", "tointeger", "type", "ult", NULL};
    static const char *const texts[] = {"byte", "char", "len", "lower", "reverse", "sub", "upper", NULL};
    static const char *const utf[] = {"char", "charpattern", "codepoint", "codes", "len", "offset", NULL};
    static const luaL_Reg tables[] = {
        {"insert", table_insert}, {"remove", table_remove}, {"concat", table_concat}, {"unpack", table_unpack},
        {"move", table_move}, {"sort", table_sort}, {NULL, NULL}};
    static const char *const packing[] = {"pack", NULL};

    // Lua's base library writes into the globals; they are emptied again.
    lua_pushglobaltable(L);
    int globals = lua_gettop(L);
    open_apart(L, "_G", luaopen_base);
    lua_pop(L, 1);
    lua_newtable(L);
    int kept = lua_gettop(L);
    lua_pushvalue(L, globals);
    copy(L, kept, base, false);
    lua_getfield(L, globals, "tonumber");
    lua_pushcclosure(L, to_number, 1);
    lua_setfield(L, kept, "tonumber");
    lua_pop(L, 1);
    lua_pushnil(L);
    while (lua_next(L, globals)) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, globals);
    }
    lua_pushnil(L);
    while (lua_next(L, kept)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, globals);
    }
    lua_pushvalue(L, globals);
    add(L, own_base);
    lua_pop(L, 1);
    lua_pushvalue(L, globals);
    lua_setfield(L, globals, "_G");

    open_some(L, "math", luaopen_math, numbers, false);
    lua_setfield(L, globals, "math");
    lua_pop(L, 1);

    open_some(L, "table", luaopen_table, packing, false);
    add(L, tables);
    lua_setfield(L, globals, "table");
    lua_pop(L, 1);

    open_some(L, "utf8", luaopen_utf8, utf, true);
    lua_setfield(L, globals, "utf8");
    lua_pop(L, 1);

    // Opening this one also makes the metatable of all strings, which is replaced by one that knows methods alone.
    open_some(L, "string", luaopen_string, texts, true);
    lua_getfield(L, -2, "format");
    lua_pushcclosure(L, text_format, 1);
    lua_setfield(L, -2, "format");
    lua_pushcfunction(L, text_repeat);
    lua_setfield(L, -2, "rep");
    lua_pushvalue(L, -1);
    lua_setfield(L, globals, "string");
    lua_pushliteral(L, "");
    lua_newtable(L);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_settop(L, 0);
}
