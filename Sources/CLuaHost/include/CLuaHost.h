#ifndef MIEN_LUA_HOST_H
#define MIEN_LUA_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A Lua 5.4 state for a script that nobody trusts.
//
// All that can raise a Lua error (a longjmp) happens in this C code; no function of the host is ever crossed by one. Work
// is charged to a fuel that the host grants for each run: virtual machine instructions, bytes allocated, and the steps of
// every library loop. When it is spent the script is killed: the run ends with an error that no pcall can hold.

typedef struct mien_lua mien_lua;

// What crosses between host and script, as a flat list: a table is MIEN_TABLE, then its keys and values in turn, then
// MIEN_END.
enum mien_kind {
    MIEN_NIL = 0,
    MIEN_FALSE = 1,
    MIEN_TRUE = 2,
    MIEN_INTEGER = 3,
    MIEN_NUMBER = 4,
    MIEN_TEXT = 5,
    // A function of the script, kept alive until mien_lua_release(reference).
    MIEN_FUNCTION = 6,
    MIEN_TABLE = 7,
    MIEN_END = 8,
    // Something that the host cannot take; its type's name is the text.
    MIEN_OTHER = 9,
};

typedef struct mien_value {
    int32_t kind;
    int32_t reference;
    int64_t integer;
    double number;
    // Not terminated by a zero; valid until the call returns.
    const char *text;
    size_t length;
} mien_value;

// What a host function wants done.
enum mien_action {
    // Return the results.
    MIEN_RETURN = 0,
    // Raise the one text among the results as an error at the caller's line.
    MIEN_FAIL = 1,
    // Suspend the script's thread until the host resumes it.
    MIEN_WAIT = 2,
};

// A host function: called with its number, the thread it was called on, and its arguments. It fills `results` with values
// that stay valid until its next call.
typedef int32_t (*mien_function)(
    void *context, int32_t function, int32_t thread, const mien_value *arguments, size_t count,
    const mien_value **results, size_t *result_count);

enum mien_state {
    // The thread has returned.
    MIEN_DONE = 0,
    MIEN_SUSPENDED = 1,
    MIEN_FAILED = 2,
};

enum mien_cause {
    MIEN_CAUSE_NONE = 0,
    // The script raised an error.
    MIEN_CAUSE_ERROR = 1,
    // The fuel of this run was spent.
    MIEN_CAUSE_FUEL = 2,
    // The time of this run was over before its fuel.
    MIEN_CAUSE_TIME = 3,
    MIEN_CAUSE_MEMORY = 4,
};

// A state with a cap on its memory in bytes; NULL when even the libraries do not fit.
mien_lua *mien_lua_create(size_t memory_limit, mien_function function, void *context);
void mien_lua_destroy(mien_lua *lua);

// Makes a global function, or a function in a global table when `table` is not NULL, that calls the host with `number`.
bool mien_lua_register(mien_lua *lua, const char *table, const char *name, int32_t number);
// Sets a global, or a field of a global table, to a value.
bool mien_lua_set(mien_lua *lua, const char *table, const char *name, const mien_value *values, size_t count);
// Makes a global table read-only for the script, so that what a prelude made cannot be replaced.
bool mien_lua_freeze(mien_lua *lua, const char *name);

// Compiles a text chunk and makes a thread that will run it; its number, or -1 with a message.
int32_t mien_lua_load(
    mien_lua *lua, const char *text, size_t length, const char *name, char *message, size_t capacity);
// Makes a thread that will call a function of the script; -1 when there is no memory for it.
int32_t mien_lua_spawn(mien_lua *lua, int32_t reference);
// Lets go of a thread, suspended or done.
void mien_lua_end(mien_lua *lua, int32_t thread);
// Lets go of a function of the script.
void mien_lua_release(mien_lua *lua, int32_t reference);

// Runs a thread until it returns, waits, or fails, spending at most `fuel`, which is left as what remains.
//
// `values` are the arguments of a new thread, or what the host function it waits in returns. With `raises` the one text
// among them is raised there as an error.
int32_t mien_lua_resume(
    mien_lua *lua, int32_t thread, const mien_value *values, size_t count, bool raises, int64_t *fuel);

// Whether instructions are counted and taken from the fuel, as they are to begin with. Counting doubles their time and is
// the same in each run; without it fuel is spent by libraries and memory alone, and a guard bounds the rest.
void mien_lua_count(mien_lua *lua, bool counts);

// From here on the state's runs on this operating system thread may take so much of its processor time together; a run
// that takes more is killed. One state at a time.
void mien_lua_guard(mien_lua *lua, int64_t nanoseconds);
void mien_lua_unguard(mien_lua *lua);

// Why the last run failed, and its message with a traceback; valid until the next run.
int32_t mien_lua_cause(const mien_lua *lua);
const char *mien_lua_message(const mien_lua *lua);
const char *mien_lua_traceback(const mien_lua *lua);
// What the script's thread returned, as values; valid until the next run.
size_t mien_lua_results(const mien_lua *lua, const mien_value **values);

// Bytes in use, and the most that ever were.
size_t mien_lua_memory(const mien_lua *lua);
size_t mien_lua_peak(const mien_lua *lua);
// A table under a global name, read as values; 0 when there is none or it is too large.
size_t mien_lua_read(mien_lua *lua, const char *name, const mien_value **values);

#endif
