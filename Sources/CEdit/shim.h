#include <stdio.h>
#include <stdlib.h>
#include <editline/readline.h>

/* The library's variables are globals that Swift's concurrency checks refuse: set here, from one thread. */
static inline void mien_edit_complete_with(rl_completion_func_t *complete, const char *word_breaks) {
    rl_readline_name = "mien";
    rl_attempted_completion_function = complete;
    rl_completer_word_break_characters = (char *)word_breaks;
    rl_completion_append_character = 0;
}

static inline void mien_edit_no_file_names(void) { rl_attempted_completion_over = 1; }
