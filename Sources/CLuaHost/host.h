// What the parts of the host share.
#ifndef MIEN_HOST_H
#define MIEN_HOST_H

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <signal.h>

#include "include/CLuaHost.h"

// Instructions between two looks at the fuel.
#define MIEN_SLICE 1000
// Values that one call may carry, tables' entries among them.
#define MIEN_VALUES 512
// How many protected calls may be inside each other: each one that ends in an error costs a walk over the whole stack.
#define MIEN_NESTING 24
// Threads that are kept for the next function when theirs has returned.
#define MIEN_POOL 8
// How deep tables may nest.
#define MIEN_DEPTH 8

struct mien_lua {
    lua_State *main;
    mien_function function;
    void *context;
    size_t used, limit, peak;
    // What is left of this run's grant; below 0 the script is killed.
    int64_t fuel;
    bool is_running;
    // Whether the hook has been told to look at the next instruction.
    bool is_hurried;
    // Set once the script must end; nothing but the end of the run takes it back.
    volatile sig_atomic_t killed;
    // Set by the timer's signal.
    volatile sig_atomic_t expired;
    bool is_out_of_memory;
    // Whether instructions take fuel.
    bool counts;
    // Whether the timer bounds the runs.
    bool is_guarded;
    int32_t pool[MIEN_POOL];
    int32_t pool_count;
    lua_State *thread;
    int32_t thread_number;
    // How many protected calls each thread is in, by its number.
    uint8_t *nesting;
    int32_t nesting_count;
    int32_t cause;
    char message[512];
    char traceback[2048];
    mien_value values[MIEN_VALUES];
    size_t value_count;
    // What the host hands over to a protected call.
    const mien_value *incoming;
    size_t incoming_count;
};

mien_lua *mien_of(lua_State *L);
// Takes fuel for work in C, and kills the script when there is none left.
void mien_charge(lua_State *L, int64_t work);
// Raises the error that cannot be held.
int mien_kill(lua_State *L);
// Opens what a script may use.
void mien_open_library(lua_State *L);
void mien_open_patterns(lua_State *L);

#endif
