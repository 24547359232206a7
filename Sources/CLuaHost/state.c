#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

static char sentinel;

mien_lua *mien_of(lua_State *L) {
    return *(mien_lua **)lua_getextraspace(L);
}

int mien_kill(lua_State *L) {
    mien_lua *lua = mien_of(L);
    if (!lua->killed) {
        lua->killed = 1;
        lua->cause = lua->expired ? MIEN_CAUSE_TIME : MIEN_CAUSE_FUEL;
    }
    lua_pushlightuserdata(L, &sentinel);
    return lua_error(L);
}

static void hook(lua_State *L, lua_Debug *debug) {
    (void)debug;
    mien_lua *lua = mien_of(L);
    lua->fuel -= MIEN_SLICE;
    if (lua->killed || lua->expired || lua->fuel < 0) {
        // Whatever still runs while the stack unwinds is stopped at its first instruction. Setting a hook walks over all
        // calls, so it is done once.
        if (!lua->killed) lua_sethook(L, hook, LUA_MASKCOUNT, 1);
        mien_kill(L);
    }
}

void mien_charge(lua_State *L, int64_t work) {
    mien_lua *lua = mien_of(L);
    lua->fuel -= work;
    if (lua->killed || lua->expired || lua->fuel < 0) mien_kill(L);
}

// Takes fuel where no error can be raised.
static void spend(mien_lua *lua, int64_t work) {
    lua->fuel -= work;
    if (lua->fuel < 0 && !lua->killed && lua->thread && !lua->is_hurried) {
        lua->is_hurried = true;
        lua_sethook(lua->thread, hook, LUA_MASKCOUNT, 1);
    }
}

// A cap on memory, and fuel for each sixteen bytes.
//
// A refusal makes Lua collect all its garbage, which may take a millisecond, so it costs a good part of a budget. For the
// same reason a script that is to be killed is not refused memory: it is stopped at its next instruction.
static void *allocate(void *context, void *block, size_t old_size, size_t new_size) {
    mien_lua *lua = context;
    size_t old = block ? old_size : 0;
    if (new_size == 0) {
        free(block);
        lua->used -= old;
        return NULL;
    }
    if (new_size > old) {
        if (lua->used - old + new_size > lua->limit) {
            lua->is_out_of_memory = true;
            if (lua->is_running) spend(lua, 20000);
            return NULL;
        }
        if (lua->is_running) spend(lua, (int64_t)((new_size - old) / 16));
    }
    void *made = realloc(block, new_size);
    if (made == NULL) return new_size <= old ? block : NULL;
    lua->used = lua->used - old + new_size;
    if (lua->used > lua->peak) lua->peak = lua->used;
    return made;
}

// The timer of this operating system thread, and the state that it guards just now.
static _Thread_local mien_lua *volatile guarded;
static _Thread_local timer_t timer;
static _Thread_local bool has_timer;
// Until when the script may use this thread's processor time, nanoseconds.
static _Thread_local int64_t last;

static int64_t processor_time(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void expire(int number) {
    (void)number;
    mien_lua *lua = guarded;
    // Time in which other processes had the processor is not the script's.
    if (lua == NULL || lua->thread == NULL || processor_time() < last) return;
    bool is_first = !lua->expired;
    lua->expired = 1;
    if (!is_first) return;
    // Lua allows this in a signal handler; it takes effect before the next instruction.
    lua_sethook(lua->thread, hook, LUA_MASKCOUNT, 1);
}

// Makes this thread's timer; false where the system has none left.
static bool make_timer(void) {
    struct sigaction action = {0};
    action.sa_handler = expire;
    action.sa_flags = SA_RESTART;
    struct sigevent event = {0};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGRTMIN + 5;
    event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
    // Threads of a pool may have all signals blocked.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGRTMIN + 5);
    return sigaction(SIGRTMIN + 5, &action, NULL) == 0 && pthread_sigmask(SIG_UNBLOCK, &signals, NULL) == 0
        && timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
}

void mien_lua_guard(mien_lua *lua, int64_t nanoseconds) {
    lua->expired = 0;
    if (!has_timer) has_timer = make_timer();
    // Without a timer instructions are counted, whatever that costs.
    lua->is_guarded = has_timer;
    if (!has_timer) return;
    guarded = lua;
    last = processor_time() + nanoseconds;
    struct itimerspec time = {0};
    time.it_value.tv_sec = nanoseconds / 1000000000;
    time.it_value.tv_nsec = nanoseconds % 1000000000;
    time.it_interval.tv_nsec = 500000;
    timer_settime(timer, 0, &time, NULL);
}

void mien_lua_unguard(mien_lua *lua) {
    lua->expired = 0;
    lua->is_guarded = false;
    if (!has_timer || guarded == NULL) return;
    struct itimerspec time = {0};
    timer_settime(timer, 0, &time, NULL);
    guarded = NULL;
}

// Values from the stack

static bool take(mien_lua *lua, lua_State *L, int index, int depth) {
    if (lua->value_count >= MIEN_VALUES || depth > MIEN_DEPTH) return false;
    index = lua_absindex(L, index);
    mien_value *value = &lua->values[lua->value_count++];
    memset(value, 0, sizeof *value);
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TNONE: value->kind = MIEN_NIL; break;
    case LUA_TBOOLEAN: value->kind = lua_toboolean(L, index) ? MIEN_TRUE : MIEN_FALSE; break;
    case LUA_TNUMBER:
        value->number = lua_tonumber(L, index);
        value->kind = MIEN_NUMBER;
        if (lua_isinteger(L, index)) {
            value->kind = MIEN_INTEGER;
            value->integer = lua_tointeger(L, index);
        }
        break;
    case LUA_TSTRING:
        value->kind = MIEN_TEXT;
        value->text = lua_tolstring(L, index, &value->length);
        break;
    case LUA_TFUNCTION:
        value->kind = MIEN_FUNCTION;
        lua_pushvalue(L, index);
        value->reference = luaL_ref(L, LUA_REGISTRYINDEX);
        break;
    case LUA_TTABLE:
        value->kind = MIEN_TABLE;
        luaL_checkstack(L, 8, "a table nests too deep");
        lua_pushnil(L);
        while (lua_next(L, index)) {
            mien_charge(L, 4);
            if (!take(lua, L, -2, depth + 1) || !take(lua, L, -1, depth + 1)) return false;
            lua_pop(L, 1);
        }
        if (lua->value_count >= MIEN_VALUES) return false;
        memset(&lua->values[lua->value_count], 0, sizeof *value);
        lua->values[lua->value_count++].kind = MIEN_END;
        break;
    default:
        value->kind = MIEN_OTHER;
        value->text = lua_typename(L, lua_type(L, index));
        value->length = strlen(value->text);
    }
    return true;
}

// Pushes the value at `*place` and moves on behind it.
static void push(lua_State *L, const mien_value *values, size_t count, size_t *place) {
    luaL_checkstack(L, 8, "a table nests too deep");
    const mien_value *value = &values[(*place)++];
    switch (value->kind) {
    case MIEN_FALSE: lua_pushboolean(L, 0); break;
    case MIEN_TRUE: lua_pushboolean(L, 1); break;
    case MIEN_INTEGER: lua_pushinteger(L, value->integer); break;
    case MIEN_NUMBER: lua_pushnumber(L, value->number); break;
    case MIEN_TEXT: lua_pushlstring(L, value->text ? value->text : "", value->length); break;
    case MIEN_FUNCTION: lua_rawgeti(L, LUA_REGISTRYINDEX, value->reference); break;
    case MIEN_TABLE:
        lua_newtable(L);
        while (*place < count && values[*place].kind != MIEN_END) {
            push(L, values, count, place);
            push(L, values, count, place);
            lua_rawset(L, -3);
        }
        (*place)++;
        break;
    default: lua_pushnil(L);
    }
}

static int push_all(lua_State *L, const mien_value *values, size_t count) {
    int pushed = 0;
    for (size_t place = 0; place < count; pushed++) push(L, values, count, &place);
    return pushed;
}

// Host functions

static int resumed(lua_State *L, int status, lua_KContext context) {
    (void)status;
    (void)context;
    // The host's answer lies on the stack, its first value telling whether it is an error.
    bool raises = lua_toboolean(L, 1);
    lua_remove(L, 1);
    if (raises) {
        luaL_where(L, 1);
        lua_insert(L, 1);
        lua_settop(L, 2);
        lua_concat(L, 2);
        return lua_error(L);
    }
    return lua_gettop(L);
}

static int call_host(lua_State *L) {
    mien_lua *lua = mien_of(L);
    // Crossing over costs about as much as so many instructions.
    mien_charge(L, 150);
    if (lua->function == NULL) return luaL_error(L, "the host is gone");
    lua->value_count = 0;
    int top = lua_gettop(L);
    for (int index = 1; index <= top; index++) {
        if (!take(lua, L, index, 0)) return luaL_error(L, "too many values, or a table nests too deep");
    }
    const mien_value *results = NULL;
    size_t count = 0;
    int32_t number = (int32_t)lua_tointeger(L, lua_upvalueindex(1));
    int32_t action = lua->function(
        lua->context, number, lua->thread_number, lua->values, lua->value_count, &results, &count);
    lua_settop(L, 0);
    switch (action) {
    case MIEN_FAIL:
        luaL_where(L, 1);
        if (count > 0 && results[0].kind == MIEN_TEXT) lua_pushlstring(L, results[0].text, results[0].length);
        else lua_pushliteral(L, "failed");
        lua_concat(L, 2);
        return lua_error(L);
    case MIEN_WAIT:
        if (!lua_isyieldable(L)) return luaL_error(L, "cannot wait inside a sort, a metamethod or an iterator");
        return lua_yieldk(L, 0, 0, resumed);
    default: return push_all(L, results, count);
    }
}

// Protected steps: everything that can raise runs in one of these.

struct registration {
    const char *table, *name;
    int32_t number;
};

static void open_table(lua_State *L, const char *table) {
    lua_pushglobaltable(L);
    if (table == NULL) return;
    if (lua_getfield(L, -1, table) != LUA_TTABLE) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushvalue(L, -1);
        lua_setfield(L, -3, table);
    }
    lua_remove(L, -2);
}

static int protected_register(lua_State *L) {
    const struct registration *wanted = lua_touserdata(L, 1);
    open_table(L, wanted->table);
    lua_pushinteger(L, wanted->number);
    lua_pushcclosure(L, call_host, 1);
    lua_setfield(L, -2, wanted->name);
    return 0;
}

static int protected_set(lua_State *L) {
    const struct registration *wanted = lua_touserdata(L, 1);
    mien_lua *lua = mien_of(L);
    open_table(L, wanted->table);
    size_t place = 0;
    push(L, lua->incoming, lua->incoming_count, &place);
    lua_setfield(L, -2, wanted->name);
    return 0;
}

static int refuse_change(lua_State *L) {
    return luaL_error(L, "this table cannot be changed");
}

static int protected_freeze(lua_State *L) {
    const char *name = lua_touserdata(L, 1);
    if (lua_getglobal(L, name) != LUA_TTABLE) return luaL_error(L, "no such table");
    lua_newtable(L);
    lua_newtable(L);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, refuse_change);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_setglobal(L, name);
    return 0;
}

static int protected_open(lua_State *L) {
    mien_open_library(L);
    mien_open_patterns(L);
    return 0;
}

// A thread for the function on top of the main stack.
static int32_t thread_of_top(lua_State *L) {
    mien_lua *lua = mien_of(L);
    lua_State *thread = lua_newthread(L);
    lua_pushvalue(L, -2);
    lua_xmove(L, thread, 1);
    int32_t number = luaL_ref(L, LUA_REGISTRYINDEX);
    if (number >= lua->nesting_count) {
        int32_t count = number * 2 + 64;
        uint8_t *more = realloc(lua->nesting, (size_t)count);
        if (more == NULL) luaL_error(L, "not enough memory");
        memset(more + lua->nesting_count, 0, (size_t)(count - lua->nesting_count));
        lua->nesting = more;
        lua->nesting_count = count;
    }
    lua->nesting[number] = 0;
    return number;
}

static int protected_spawn(lua_State *L) {
    lua_rawgeti(L, LUA_REGISTRYINDEX, (int)(intptr_t)lua_touserdata(L, 1));
    if (!lua_isfunction(L, -1)) return luaL_error(L, "no such function");
    lua_pushinteger(L, thread_of_top(L));
    return 1;
}

struct source {
    const char *text, *name;
    size_t length;
};

static int protected_load(lua_State *L) {
    const struct source *source = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, source->text, source->length, source->name, "t") != LUA_OK) return lua_error(L);
    lua_pushinteger(L, thread_of_top(L));
    return 1;
}

static int protected_push(lua_State *L) {
    mien_lua *lua = mien_of(L);
    lua_State *thread = lua->thread;
    int count = push_all(L, lua->incoming, lua->incoming_count);
    if (!lua_checkstack(thread, count + 8)) return luaL_error(L, "not enough memory");
    lua_xmove(L, thread, count);
    return 0;
}

static int protected_results(lua_State *L) {
    mien_lua *lua = mien_of(L);
    // What the last call of the host left there is over.
    lua->value_count = 0;
    int count = lua_gettop(lua->thread);
    for (int index = 1; index <= count; index++) {
        if (!take(lua, lua->thread, index, 0)) break;
    }
    return 0;
}

// The innermost calls, one a line. Lua's own traceback also counts the outermost ones, which takes tens of milliseconds
// when the script has called itself some ten thousand times.
static int protected_trace(lua_State *L) {
    mien_lua *lua = mien_of(L);
    size_t used = 0;
    lua_Debug call;
    for (int level = 0; level < 12 && lua_getstack(lua->thread, level, &call); level++) {
        lua_getinfo(lua->thread, "Sln", &call);
        size_t room = sizeof lua->traceback - used;
        int length;
        if (*call.what == 'C') {
            length = snprintf(lua->traceback + used, room, "  in %s\n", call.name ? call.name : "a library function");
        } else if (*call.what == 'm') {
            length = snprintf(lua->traceback + used, room, "  %s:%d: in the main part\n", call.short_src, call.currentline);
        } else {
            length = snprintf(
                lua->traceback + used, room, "  %s:%d: in %s\n", call.short_src, call.currentline,
                call.name ? call.name : "a function");
        }
        if (length < 0 || (size_t)length >= room) break;
        used += (size_t)length;
    }
    lua->traceback[used ? used - 1 : 0] = 0;
    return 0;
}

static int protected_read(lua_State *L) {
    mien_lua *lua = mien_of(L);
    const char *name = lua_touserdata(L, 1);
    lua_pushglobaltable(L);
    if (lua_getfield(L, -1, name) != LUA_TTABLE) return 0;
    if (!take(lua, L, -1, 0)) lua->value_count = 0;
    return 0;
}

static int run_protected(mien_lua *lua, lua_CFunction function, void *argument, int results) {
    lua_State *L = lua->main;
    lua_settop(L, 0);
    // Neither of these can raise: the stack has room, and light things need no memory.
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    return lua_pcall(L, 1, results, 0);
}

// The interface

mien_lua *mien_lua_create(size_t memory_limit, mien_function function, void *context) {
    mien_lua *lua = calloc(1, sizeof *lua);
    if (lua == NULL) return NULL;
    lua->limit = memory_limit;
    lua->function = function;
    lua->context = context;
    lua->fuel = INT64_MAX / 2;
    lua->counts = true;
    lua->main = lua_newstate(allocate, lua);
    if (lua->main == NULL) {
        free(lua);
        return NULL;
    }
    // Every thread of the state begins with a copy of this.
    *(mien_lua **)lua_getextraspace(lua->main) = lua;
    if (run_protected(lua, protected_open, NULL, 0) != LUA_OK) {
        mien_lua_destroy(lua);
        return NULL;
    }
    return lua;
}

void mien_lua_destroy(mien_lua *lua) {
    if (lua == NULL) return;
    lua->function = NULL;
    lua_close(lua->main);
    free(lua->nesting);
    free(lua);
}

bool mien_lua_register(mien_lua *lua, const char *table, const char *name, int32_t number) {
    struct registration wanted = {table, name, number};
    return run_protected(lua, protected_register, &wanted, 0) == LUA_OK;
}

bool mien_lua_set(mien_lua *lua, const char *table, const char *name, const mien_value *values, size_t count) {
    struct registration wanted = {table, name, 0};
    lua->incoming = values;
    lua->incoming_count = count;
    return run_protected(lua, protected_set, &wanted, 0) == LUA_OK;
}

bool mien_lua_freeze(mien_lua *lua, const char *name) {
    return run_protected(lua, protected_freeze, (void *)name, 0) == LUA_OK;
}

int32_t mien_lua_load(
    mien_lua *lua, const char *text, size_t length, const char *name, char *message, size_t capacity) {
    struct source source = {text, name, length};
    if (run_protected(lua, protected_load, &source, 1) != LUA_OK) {
        const char *said = lua_type(lua->main, -1) == LUA_TSTRING ? lua_tostring(lua->main, -1) : "cannot be compiled";
        strncpy(message, said, capacity - 1);
        message[capacity - 1] = 0;
        lua_settop(lua->main, 0);
        return -1;
    }
    int32_t thread = (int32_t)lua_tointeger(lua->main, -1);
    lua_settop(lua->main, 0);
    return thread;
}

// Puts a function on a thread that has returned and was kept.
static int32_t reuse(mien_lua *lua, int32_t reference) {
    lua_State *main = lua->main;
    int32_t number = lua->pool[lua->pool_count - 1];
    lua_settop(main, 0);
    // Looking up what is in the registry raises nothing, and both stacks have room.
    if (lua_rawgeti(main, LUA_REGISTRYINDEX, number) != LUA_TTHREAD) return -1;
    lua_State *thread = lua_tothread(main, -1);
    bool is_function = lua_rawgeti(main, LUA_REGISTRYINDEX, reference) == LUA_TFUNCTION;
    if (is_function) lua_xmove(main, thread, 1);
    lua_settop(main, 0);
    if (!is_function) return -1;
    lua->pool_count--;
    lua->nesting[number] = 0;
    return number;
}

int32_t mien_lua_spawn(mien_lua *lua, int32_t reference) {
    if (lua->pool_count > 0) return reuse(lua, reference);
    if (run_protected(lua, protected_spawn, (void *)(intptr_t)reference, 1) != LUA_OK) return -1;
    int32_t thread = (int32_t)lua_tointeger(lua->main, -1);
    lua_settop(lua->main, 0);
    return thread;
}

void mien_lua_release(mien_lua *lua, int32_t reference) {
    luaL_unref(lua->main, LUA_REGISTRYINDEX, reference);
}

void mien_lua_end(mien_lua *lua, int32_t thread) {
    lua_settop(lua->main, 0);
    // One that has returned, and not failed or waited, can run the next function: making a thread costs more.
    if (lua->pool_count < MIEN_POOL && lua_rawgeti(lua->main, LUA_REGISTRYINDEX, thread) == LUA_TTHREAD) {
        lua_State *state = lua_tothread(lua->main, -1);
        if (lua_status(state) == LUA_OK) {
            lua_settop(state, 0);
            lua->pool[lua->pool_count++] = thread;
            lua_settop(lua->main, 0);
            return;
        }
    }
    lua_settop(lua->main, 0);
    luaL_unref(lua->main, LUA_REGISTRYINDEX, thread);
}

static void fail(mien_lua *lua, const char *text) {
    strncpy(lua->message, text, sizeof lua->message - 1);
    lua->message[sizeof lua->message - 1] = 0;
}

static void explain(mien_lua *lua, lua_State *thread) {
    lua->traceback[0] = 0;
    if (lua->killed) {
        fail(lua, lua->cause == MIEN_CAUSE_TIME ? "used up its time in one tick" : "used up its budget in one tick");
    } else if (lua_type(thread, -1) == LUA_TSTRING) {
        lua->cause = lua->is_out_of_memory ? MIEN_CAUSE_MEMORY : MIEN_CAUSE_ERROR;
        // A string already: nothing is converted, nothing of the script is called.
        fail(lua, lua_tostring(thread, -1));
    } else {
        lua->cause = MIEN_CAUSE_ERROR;
        char text[80];
        const char *kind = lua_typename(thread, lua_type(thread, -1));
        strcpy(text, "raised an error that is no text but a ");
        strncat(text, kind, sizeof text - strlen(text) - 1);
        fail(lua, text);
    }
    // The frames of a killed script are still there; looking at them calls nothing.
    bool was_killed = lua->killed;
    run_protected(lua, protected_trace, NULL, 0);
    lua->killed = was_killed;
}

int32_t mien_lua_resume(
    mien_lua *lua, int32_t number, const mien_value *values, size_t count, bool raises, int64_t *fuel) {
    lua_State *main = lua->main;
    lua->cause = MIEN_CAUSE_NONE;
    lua->value_count = 0;
    lua->message[0] = lua->traceback[0] = 0;
    lua_settop(main, 0);
    if (lua_rawgeti(main, LUA_REGISTRYINDEX, number) != LUA_TTHREAD) {
        lua->cause = MIEN_CAUSE_ERROR;
        fail(lua, "no such thread");
        return MIEN_FAILED;
    }
    lua_State *thread = lua_tothread(main, -1);
    bool is_new = lua_status(thread) != LUA_YIELD;
    lua->thread_number = number;
    lua->incoming = values;
    lua->incoming_count = count;
    if (!is_new) lua_pushboolean(thread, raises);
    lua->thread = thread;
    if (count > 0 && run_protected(lua, protected_push, NULL, 0) != LUA_OK) {
        lua->cause = MIEN_CAUSE_MEMORY;
        fail(lua, "not enough memory");
        lua->thread = NULL;
        return MIEN_FAILED;
    }
    int arguments = is_new ? lua_gettop(thread) - 1 : lua_gettop(thread);
    // Lua steps aside at each instruction while instructions are counted, which doubles their time.
    if (lua->counts || !lua->is_guarded) lua_sethook(thread, hook, LUA_MASKCOUNT, MIEN_SLICE);
    else if (lua_gethookmask(thread) != 0) lua_sethook(thread, NULL, 0, 0);
    lua->fuel = *fuel;
    lua->killed = 0;
    lua->is_out_of_memory = false;
    lua->is_hurried = false;
    lua->is_running = true;
    // The time may have ended between two runs of a tick.
    if (lua->expired) lua_sethook(thread, hook, LUA_MASKCOUNT, 1);
    int results = 0;
    int status = lua_resume(thread, main, arguments, &results);
    lua->is_running = false;
    *fuel = lua->fuel;
    lua->fuel = INT64_MAX / 2;
    int32_t state = MIEN_SUSPENDED;
    if (status == LUA_OK) {
        state = MIEN_DONE;
        if (lua_gettop(thread) > 0) {
            if (run_protected(lua, protected_results, NULL, 0) != LUA_OK) lua->value_count = 0;
        } else {
            lua->value_count = 0;
        }
    } else if (status != LUA_YIELD) {
        state = MIEN_FAILED;
        explain(lua, thread);
    }
    lua->killed = 0;
    lua->thread = NULL;
    lua_settop(main, 0);
    return state;
}

void mien_lua_count(mien_lua *lua, bool counts) { lua->counts = counts; }

int32_t mien_lua_cause(const mien_lua *lua) { return lua->cause; }
const char *mien_lua_message(const mien_lua *lua) { return lua->message; }
const char *mien_lua_traceback(const mien_lua *lua) { return lua->traceback; }

size_t mien_lua_results(const mien_lua *lua, const mien_value **values) {
    *values = lua->values;
    return lua->value_count;
}

size_t mien_lua_memory(const mien_lua *lua) { return lua->used; }
size_t mien_lua_peak(const mien_lua *lua) { return lua->peak; }

size_t mien_lua_read(mien_lua *lua, const char *name, const mien_value **values) {
    lua->value_count = 0;
    if (run_protected(lua, protected_read, (void *)name, 0) != LUA_OK) lua->value_count = 0;
    *values = lua->values;
    return lua->value_count;
}
