// Lua's patterns by an own matcher that is charged for every step, so that no pattern and no text can hold it up.
//
// The language is that of the Lua 5.4 manual, section 6.4.1.

#include <ctype.h>
#include <string.h>

#include "host.h"

#define MOST_CAPTURES 32
// How deep the matcher may call itself.
#define MOST_DEPTH 180

enum { OPEN = -1, POSITION = -2 };

typedef struct matcher {
    lua_State *L;
    const char *begin, *end, *pattern_end;
    int level, depth;
    struct {
        const char *start;
        ptrdiff_t length;
    } captures[MOST_CAPTURES];
} matcher;

static const char *match(matcher *m, const char *s, const char *p);

static const char *class_end(matcher *m, const char *p) {
    if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (ends too early)");
    if (*p++ == '%') {
        if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (p[-1] != '[') return p;
    if (p < m->pattern_end && *p == '^') p++;
    do {
        if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p++ == '%' && p < m->pattern_end) p++;
    } while (p >= m->pattern_end || *p != ']');
    return p + 1;
}

static bool in_class(int c, int letter) {
    bool is_in;
    switch (tolower(letter)) {
    case 'a': is_in = isalpha(c); break;
    case 'c': is_in = iscntrl(c); break;
    case 'd': is_in = isdigit(c); break;
    case 'g': is_in = isgraph(c); break;
    case 'l': is_in = islower(c); break;
    case 'p': is_in = ispunct(c); break;
    case 's': is_in = isspace(c); break;
    case 'u': is_in = isupper(c); break;
    case 'w': is_in = isalnum(c); break;
    case 'x': is_in = isxdigit(c); break;
    default: return letter == c;
    }
    return isupper(letter) ? !is_in : is_in;
}

// `p` stands at '[', `last` at its ']'.
static bool in_set(matcher *m, int c, const char *p, const char *last) {
    bool is_in = true;
    if (p[1] == '^') {
        is_in = false;
        p++;
    }
    while (++p < last) {
        mien_charge(m->L, 1);
        if (*p == '%') {
            p++;
            if (in_class(c, (unsigned char)*p)) return is_in;
        } else if (p[1] == '-' && p + 2 < last) {
            p += 2;
            if ((unsigned char)p[-2] <= c && c <= (unsigned char)*p) return is_in;
        } else if ((unsigned char)*p == c) {
            return is_in;
        }
    }
    return !is_in;
}

static bool matches_one(matcher *m, const char *s, const char *p, const char *after) {
    mien_charge(m->L, 1);
    if (s >= m->end) return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.': return true;
    case '%': return in_class(c, (unsigned char)p[1]);
    case '[': return in_set(m, c, p, after - 1);
    default: return (unsigned char)*p == c;
    }
}

static const char *match_balance(matcher *m, const char *s, const char *p) {
    if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->end || *s != *p) return NULL;
    int depth = 1;
    while (++s < m->end) {
        mien_charge(m->L, 1);
        if (*s == p[1]) {
            if (--depth == 0) return s + 1;
        } else if (*s == *p) {
            depth++;
        }
    }
    return NULL;
}

static const char *match_most(matcher *m, const char *s, const char *p, const char *after) {
    ptrdiff_t count = 0;
    while (matches_one(m, s + count, p, after)) count++;
    for (; count >= 0; count--) {
        const char *found = match(m, s + count, after + 1);
        if (found) return found;
    }
    return NULL;
}

static const char *match_least(matcher *m, const char *s, const char *p, const char *after) {
    for (;;) {
        const char *found = match(m, s, after + 1);
        if (found) return found;
        if (!matches_one(m, s, p, after)) return NULL;
        s++;
    }
}

static const char *open_capture(matcher *m, const char *s, const char *p, ptrdiff_t kind) {
    if (m->level >= MOST_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->level].start = s;
    m->captures[m->level].length = kind;
    m->level++;
    const char *found = match(m, s, p);
    if (found == NULL) m->level--;
    return found;
}

static const char *close_capture(matcher *m, const char *s, const char *p) {
    int level = m->level - 1;
    while (level >= 0 && m->captures[level].length != OPEN) level--;
    if (level < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[level].length = s - m->captures[level].start;
    const char *found = match(m, s, p);
    if (found == NULL) m->captures[level].length = OPEN;
    return found;
}

static const char *match_capture(matcher *m, const char *s, int digit) {
    int level = digit - '1';
    if (level < 0 || level >= m->level || m->captures[level].length < 0) {
        luaL_error(m->L, "invalid capture index %%%d", level + 1);
    }
    size_t length = (size_t)m->captures[level].length;
    mien_charge(m->L, (int64_t)(length / 16) + 1);
    if ((size_t)(m->end - s) < length || memcmp(m->captures[level].start, s, length) != 0) return NULL;
    return s + length;
}

static const char *match_frontier(matcher *m, const char *s, const char *p, const char **next) {
    if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *after = class_end(m, p);
    int before = s == m->begin ? 0 : (unsigned char)s[-1];
    int here = s == m->end ? 0 : (unsigned char)*s;
    *next = after;
    return !in_set(m, before, p, after - 1) && in_set(m, here, p, after - 1) ? s : NULL;
}

static const char *match(matcher *m, const char *s, const char *p) {
    if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
    while (s != NULL && p < m->pattern_end) {
        mien_charge(m->L, 2);
        if (*p == '(') {
            bool is_position = p + 1 < m->pattern_end && p[1] == ')';
            s = open_capture(m, s, p + (is_position ? 2 : 1), is_position ? POSITION : OPEN);
            break;
        }
        if (*p == ')') {
            s = close_capture(m, s, p + 1);
            break;
        }
        if (*p == '$' && p + 1 == m->pattern_end) {
            if (s != m->end) s = NULL;
            break;
        }
        if (*p == '%' && p + 1 < m->pattern_end) {
            if (p[1] == 'b') {
                s = match_balance(m, s, p + 2);
                p += 4;
                continue;
            }
            if (p[1] == 'f') {
                s = match_frontier(m, s, p + 2, &p);
                continue;
            }
            if (isdigit((unsigned char)p[1])) {
                s = match_capture(m, s, (unsigned char)p[1]);
                p += 2;
                continue;
            }
        }
        const char *after = class_end(m, p);
        char how = after < m->pattern_end ? *after : 0;
        if (how == '?') {
            if (matches_one(m, s, p, after)) {
                const char *found = match(m, s + 1, after + 1);
                if (found) {
                    s = found;
                    break;
                }
            }
            p = after + 1;
        } else if (how == '+') {
            s = matches_one(m, s, p, after) ? match_most(m, s + 1, p, after) : NULL;
            break;
        } else if (how == '*') {
            s = match_most(m, s, p, after);
            break;
        } else if (how == '-') {
            s = match_least(m, s, p, after);
            break;
        } else {
            s = matches_one(m, s, p, after) ? s + 1 : NULL;
            p = after;
        }
    }
    m->depth++;
    return s;
}

static void prepare(matcher *m, lua_State *L, const char *text, size_t size, const char *pattern, size_t pattern_size) {
    m->L = L;
    m->begin = text;
    m->end = text + size;
    m->pattern_end = pattern + pattern_size;
}

static const char *try_match(matcher *m, const char *s, const char *p) {
    m->level = 0;
    m->depth = MOST_DEPTH;
    return match(m, s, p);
}

static void push_capture(matcher *m, int index, const char *s, const char *e) {
    if (index >= m->level) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(m->L, s, (size_t)(e - s));
    } else if (m->captures[index].length == POSITION) {
        lua_pushinteger(m->L, m->captures[index].start - m->begin + 1);
    } else if (m->captures[index].length == OPEN) {
        luaL_error(m->L, "unfinished capture");
    } else {
        lua_pushlstring(m->L, m->captures[index].start, (size_t)m->captures[index].length);
    }
}

static int push_captures(matcher *m, const char *s, const char *e) {
    int count = m->level == 0 && s ? 1 : m->level;
    luaL_checkstack(m->L, count, "too many captures");
    for (int index = 0; index < count; index++) push_capture(m, index, s, e);
    return count;
}

// The first place of a text in another, charged for what it looks at.
static const char *find_plain(lua_State *L, const char *text, size_t size, const char *wanted, size_t length) {
    if (length == 0) return text;
    while (size >= length) {
        const char *found = memchr(text, *wanted, size - length + 1);
        mien_charge(L, (int64_t)((found ? (size_t)(found - text) : size) / 16) + (int64_t)(length / 16) + 1);
        if (found == NULL) return NULL;
        if (memcmp(found, wanted, length) == 0) return found;
        size -= (size_t)(found + 1 - text);
        text = found + 1;
    }
    return NULL;
}

static size_t start_of(lua_Integer place, size_t size) {
    if (place > 0) return (size_t)place;
    if (place == 0 || place < -(lua_Integer)size) return 1;
    return size + (size_t)place + 1;
}

static int find_or_match(lua_State *L, bool is_find) {
    size_t size, pattern_size;
    const char *text = luaL_checklstring(L, 1, &size);
    const char *pattern = luaL_checklstring(L, 2, &pattern_size);
    size_t start = start_of(luaL_optinteger(L, 3, 1), size) - 1;
    if (start > size) {
        luaL_pushfail(L);
        return 1;
    }
    if (is_find && (lua_toboolean(L, 4) || strpbrk(pattern, "^$*+?.([%-") == NULL) && strlen(pattern) == pattern_size) {
        const char *found = find_plain(L, text + start, size - start, pattern, pattern_size);
        if (found) {
            lua_pushinteger(L, found - text + 1);
            lua_pushinteger(L, found - text + (lua_Integer)pattern_size);
            return 2;
        }
    } else {
        matcher m;
        const char *s = text + start;
        bool is_anchored = pattern_size > 0 && *pattern == '^';
        prepare(&m, L, text, size, pattern, pattern_size);
        do {
            const char *e = try_match(&m, s, pattern + is_anchored);
            if (e) {
                if (!is_find) return push_captures(&m, s, e);
                lua_pushinteger(L, s - text + 1);
                lua_pushinteger(L, e - text);
                return push_captures(&m, NULL, NULL) + 2;
            }
        } while (s++ < m.end && !is_anchored);
    }
    luaL_pushfail(L);
    return 1;
}

static int text_find(lua_State *L) { return find_or_match(L, true); }
static int text_match(lua_State *L) { return find_or_match(L, false); }

static int next_match(lua_State *L) {
    // Upvalues: text, pattern, where to go on, where the last match ended.
    size_t size, pattern_size;
    const char *text = lua_tolstring(L, lua_upvalueindex(1), &size);
    const char *pattern = lua_tolstring(L, lua_upvalueindex(2), &pattern_size);
    const char *last = text + lua_tointeger(L, lua_upvalueindex(4)) - 1;
    matcher m;
    prepare(&m, L, text, size, pattern, pattern_size);
    for (const char *s = text + lua_tointeger(L, lua_upvalueindex(3)); s <= m.end; s++) {
        const char *e = try_match(&m, s, pattern);
        if (e && e != last) {
            lua_pushinteger(L, e - text);
            lua_replace(L, lua_upvalueindex(3));
            lua_pushinteger(L, e - text + 1);
            lua_replace(L, lua_upvalueindex(4));
            return push_captures(&m, s, e);
        }
    }
    return 0;
}

static int text_gmatch(lua_State *L) {
    size_t size;
    luaL_checklstring(L, 1, &size);
    luaL_checkstring(L, 2);
    size_t start = start_of(luaL_optinteger(L, 3, 1), size) - 1;
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > size ? size + 1 : start));
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

static void add_text(matcher *m, luaL_Buffer *buffer, const char *s, const char *e) {
    lua_State *L = m->L;
    size_t length;
    const char *news = lua_tolstring(L, 3, &length);
    for (size_t index = 0; index < length; index++) {
        if (news[index] != '%') {
            luaL_addchar(buffer, news[index]);
        } else {
            index++;
            if (index < length && news[index] == '%') {
                luaL_addchar(buffer, '%');
            } else if (index < length && isdigit((unsigned char)news[index])) {
                if (news[index] == '0') {
                    luaL_addlstring(buffer, s, (size_t)(e - s));
                } else {
                    push_capture(m, news[index] - '1', s, e);
                    luaL_tolstring(L, -1, NULL);
                    lua_remove(L, -2);
                    luaL_addvalue(buffer);
                }
            } else {
                luaL_error(L, "invalid use of '%%' in replacement string");
            }
        }
    }
    mien_charge(L, (int64_t)(length / 4) + 1);
}

// Adds what replaces a match; whether it is another text than the match.
static void add_value(matcher *m, luaL_Buffer *buffer, const char *s, const char *e, int kind) {
    lua_State *L = m->L;
    if (kind == LUA_TTABLE) {
        push_capture(m, 0, s, e);
        lua_gettable(L, 3);
    } else if (kind == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        int count = push_captures(m, s, e);
        lua_call(L, count, 1);
    } else {
        add_text(m, buffer, s, e);
        return;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(buffer, s, (size_t)(e - s));
    } else if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    } else {
        luaL_addvalue(buffer);
    }
}

static int text_gsub(lua_State *L) {
    size_t size, pattern_size;
    const char *text = luaL_checklstring(L, 1, &size), *last = NULL;
    const char *pattern = luaL_checklstring(L, 2, &pattern_size);
    int kind = lua_type(L, 3);
    luaL_argexpected(
        L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
        "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)size + 1), count = 0;
    bool is_anchored = pattern_size > 0 && *pattern == '^';
    matcher m;
    prepare(&m, L, text, size, pattern + is_anchored, pattern_size - is_anchored);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    const char *s = text;
    while (count < most) {
        const char *e = try_match(&m, s, pattern + is_anchored);
        if (e && e != last) {
            count++;
            add_value(&m, &buffer, s, e, kind);
            s = last = e;
        } else if (s < m.end) {
            luaL_addchar(&buffer, *s++);
        } else {
            break;
        }
        if (is_anchored) break;
    }
    luaL_addlstring(&buffer, s, (size_t)(m.end - s));
    luaL_pushresult(&buffer);
    lua_pushinteger(L, count);
    return 2;
}

void mien_open_patterns(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"find", text_find}, {"match", text_match}, {"gmatch", text_gmatch}, {"gsub", text_gsub}, {NULL, NULL}};
    lua_getglobal(L, "string");
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
