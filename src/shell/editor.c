/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters are read here and handed to libedit, so that signals are looked at in one place, where
 * nothing is half done: a new size of the terminal redraws the line, SIGTERM and SIGHUP end the
 * input. While a line is edited the terminal sends no signals of its own (-isig): Ctrl-C and Ctrl-Z
 * are keys.
 */
#include "shell/editor.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "shell/history.h"
#include "shell/libedit.h"

#define MAX_LISTED   ((guint)100)
#define HISTORY_KEPT 1000
#define MAX_LINE     ((size_t)1 << 20)

struct CpaEditor {
    CpaCompleter *completer;
    bool is_terminal;
    int ended_by;
    char *prompt;
    char *history_path;
    char *last; /* line of the history */
#ifdef HAVE_LIBEDIT
    const CpaLibedit *c; /* NULL: lines are read as they are */
    EditLine *el;
    History *history;
    bool is_interrupted;
    mbstate_t shift;
#endif
};

int cpa_editor_ended_by(const CpaEditor *editor)
{
    return editor->ended_by;
}

/* A line as it comes; the prompt only where somebody types. */
static char *read_plain(CpaEditor *e)
{
    if (e->is_terminal) {
        fputs(e->prompt, stdout);
        fflush(stdout);
    }
    GString *line = g_string_new(NULL);
    int c = EOF;
    while ((c = getc(stdin)) != EOF && c != '\n' && line->len < MAX_LINE) {
        g_string_append_c(line, c == '\0' ? ' ' : (char)c);
    }
    if (c == EOF && line->len == 0) {
        g_string_free(line, TRUE);
        if (e->is_terminal) {
            putchar('\n');
        }
        return NULL;
    }
    return g_string_free(line, FALSE);
}

#ifdef HAVE_LIBEDIT

/* Set by handlers, read where characters are waited for. */
static volatile sig_atomic_t resized;
static volatile sig_atomic_t ended;

static void on_signal(int number)
{
    if (number == SIGWINCH) {
        resized = 1;
    } else {
        ended = number;
    }
}

static CpaEditor *editor_of(EditLine *el, const CpaLibedit *c)
{
    CpaEditor *editor = NULL;
    c->el_get(el, EL_CLIENTDATA, &editor);
    return editor;
}

/* The functions of libedit know the line editor only. */
static CpaEditor *self(EditLine *el)
{
    return editor_of(el, cpa_libedit(NULL));
}

static char *show_prompt(EditLine *el)
{
    return self(el)->prompt;
}

/* Waits for a byte with signals let in. Returns 1, or 0 at the end of the input. */
static int wait_byte(CpaEditor *e, char *byte)
{
    sigset_t open;
    sigemptyset(&open);
    for (;;) {
        struct pollfd wait = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = ppoll(&wait, 1, NULL, &open);
        if (ended != 0) {
            return 0;
        }
        if (resized) {
            resized = 0;
            e->c->el_resize(e->el);
            e->c->el_set(e->el, EL_REFRESH);
        }
        if (ready > 0) {
            ssize_t n = read(STDIN_FILENO, byte, 1);
            if (n >= 0 || errno != EINTR) {
                return n == 1;
            }
        } else if (ready < 0 && errno != EINTR) {
            return 0;
        }
    }
}

static int read_char(EditLine *el, wchar_t *character)
{
    CpaEditor *e = self(el);
    char byte = '\0';
    while (wait_byte(e, &byte) == 1) {
        size_t n = mbrtowc(character, &byte, 1, &e->shift);
        if (n == (size_t)-1) {
            /* No character of this character set. */
            memset(&e->shift, 0, sizeof e->shift);
            *character = L'?';
            return 1;
        }
        if (n != (size_t)-2) {
            return 1;
        }
    }
    return 0;
}

static unsigned char on_interrupt(EditLine *el, int key)
{
    (void)key;
    self(el)->is_interrupted = true;
    return CC_EOF;
}

static unsigned char on_suspend(EditLine *el, int key)
{
    (void)key;
    const CpaLibedit *c = self(el)->c;
    c->el_set(el, EL_PREP_TERM, 0);
    kill(0, SIGTSTP);
    c->el_set(el, EL_PREP_TERM, 1);
    return CC_REDISPLAY;
}

static int columns(void)
{
    struct winsize size = {0};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* In columns below the line, read downwards. */
static void list_words(const CpaCompletion *completion)
{
    guint n = MIN(completion->words->len, MAX_LISTED);
    g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func(g_free);
    int width = 0;
    for (guint i = 0; i < n; i++) {
        char *word = cpa_completion_shown(completion, i);
        width = MAX(width, (int)g_utf8_strlen(word, -1) + 2);
        g_ptr_array_add(shown, word);
    }
    guint per_line = MAX(1, (guint)(columns() / width));
    guint n_lines = (n + per_line - 1) / per_line;
    putchar('\n');
    for (guint line = 0; line < n_lines; line++) {
        for (guint i = line; i < n; i += n_lines) {
            const char *word = shown->pdata[i];
            int pad = i + n_lines < n ? width - (int)g_utf8_strlen(word, -1) : 0;
            printf("%s%*s", word, pad, "");
        }
        putchar('\n');
    }
    if (completion->words->len > n) {
        printf("... and %u more\n", completion->words->len - n);
    }
    fflush(stdout);
}

static unsigned char on_complete(EditLine *el, int key)
{
    (void)key;
    CpaEditor *e = self(el);
    const LineInfo *info = e->c->el_line(el);
    g_autofree char *line = g_strndup(info->buffer, (size_t)(info->cursor - info->buffer));
    g_autoptr(CpaCompletion) completion = cpa_completer_complete(e->completer, line);
    if (completion->words->len == 0) {
        return CC_REFRESH_BEEP;
    }
    const char *typed = line + completion->start;
    g_autofree char *prefix = cpa_completion_prefix(completion);
    bool is_only = completion->words->len == 1;
    size_t n = strlen(prefix);
    bool goes_on = n > 0 && (prefix[n - 1] == '=' || prefix[n - 1] == '/');
    bool is_longer = n > strlen(typed) || (is_only && strcmp(prefix, typed) != 0);
    if (!is_longer && !is_only) {
        list_words(completion);
        return CC_REDISPLAY;
    }
    e->c->el_deletestr(el, (int)g_utf8_strlen(typed, -1));
    bool ok = e->c->el_insertstr(el, prefix) == 0 &&
              (!is_only || goes_on || e->c->el_insertstr(el, " ") == 0);
    return ok ? CC_REFRESH : CC_REFRESH_BEEP;
}

static void enter_history(CpaEditor *e, const char *line)
{
    HistEvent event = {0};
    e->c->history(e->history, &event, H_ENTER, line);
    g_free(e->last);
    e->last = g_strdup(line);
}

static bool open_libedit(CpaEditor *e)
{
    const char *term = g_getenv("TERM");
    HistEvent event = {0};
    if (!e->is_terminal || term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0) {
        return false;
    }
    g_autoptr(GError) error = NULL;
    const CpaLibedit *c = cpa_libedit(&error);
    if (c == NULL) {
        fprintf(stderr, "%s\n", error->message);
        return false;
    }
    setlocale(LC_CTYPE, "");
    e->el = c->el_init("cpa", stdin, stdout, stderr);
    e->history = c->history_init();
    if (e->el == NULL || e->history == NULL) {
        return false;
    }
    e->c = c;
    c->history(e->history, &event, H_SETSIZE, HISTORY_KEPT);
    c->el_set(e->el, EL_CLIENTDATA, e);
    c->el_set(e->el, EL_PROMPT, show_prompt);
    c->el_set(e->el, EL_EDITOR, "emacs");
    c->el_set(e->el, EL_HIST, c->history, e->history);
    c->el_set(e->el, EL_GETCFN, read_char);
    c->el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
    c->el_set(e->el, EL_ADDFN, "cpa-complete", "Complete a word", on_complete);
    c->el_set(e->el, EL_ADDFN, "cpa-interrupt", "Take the line away", on_interrupt);
    c->el_set(e->el, EL_ADDFN, "cpa-suspend", "Stop the program", on_suspend);
    c->el_set(e->el, EL_BIND, "^I", "cpa-complete", NULL);
    c->el_set(e->el, EL_BIND, "^C", "cpa-interrupt", NULL);
    c->el_set(e->el, EL_BIND, "^Z", "cpa-suspend", NULL);
    c->el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
    c->el_source(e->el, NULL);
    g_auto(GStrv) lines = cpa_history_load(e->history_path);
    for (size_t i = 0; lines[i] != NULL; i++) {
        enter_history(e, lines[i]);
    }
    return true;
}

static void close_libedit(CpaEditor *e)
{
    if (e->history != NULL) {
        e->c->history_end(e->history);
    }
    if (e->el != NULL) {
        e->c->el_end(e->el);
    }
}

/* Signals are blocked but while a character is waited for. */
static char *edit_line(CpaEditor *e)
{
    static const int numbers[] = {SIGWINCH, SIGTERM, SIGHUP};
    struct sigaction before[G_N_ELEMENTS(numbers)];
    struct sigaction action = {.sa_handler = on_signal};
    sigset_t blocked;
    sigset_t mask;
    int n = 0;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        sigaddset(&blocked, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &blocked, &mask);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        sigaction(numbers[i], &action, &before[i]);
    }
    e->is_interrupted = false;
    /* Before the prompt: what is typed as soon as it shows must not be taken by the kernel. */
    e->c->el_set(e->el, EL_PREP_TERM, 1);
    const char *line = e->c->el_gets(e->el, &n);
    char *copy = line != NULL && n > 0 ? g_strndup(line, (size_t)n) : NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        sigaction(numbers[i], &before[i], NULL);
    }
    sigprocmask(SIG_SETMASK, &mask, NULL);
    e->ended_by = ended;
    if (copy == NULL && e->is_interrupted && ended == 0) {
        e->c->el_reset(e->el);
        fputs("^C", stdout);
        copy = g_strdup("");
    }
    if (line == NULL) {
        putchar('\n');
        fflush(stdout);
    }
    return copy != NULL ? g_strchomp(copy) : NULL;
}

static char *read_edited(CpaEditor *e)
{
    char *line = edit_line(e);
    if (line != NULL && line[0] != '\0' && g_strcmp0(line, e->last) != 0) {
        enter_history(e, line);
        cpa_history_add(e->history_path, line);
    }
    return line;
}

#endif

CpaEditor *cpa_editor_new(CpaCompleter *completer, bool is_terminal)
{
    CpaEditor *e = g_new0(CpaEditor, 1);
    e->completer = completer;
    e->is_terminal = is_terminal;
    e->history_path = is_terminal ? cpa_history_path() : NULL;
#ifdef HAVE_LIBEDIT
    if (!open_libedit(e)) {
        e->c = NULL;
    }
#endif
    return e;
}

void cpa_editor_free(CpaEditor *e)
{
    if (e == NULL) {
        return;
    }
#ifdef HAVE_LIBEDIT
    if (e->c != NULL) {
        close_libedit(e);
    }
#endif
    g_free(e->prompt);
    g_free(e->history_path);
    g_free(e->last);
    g_free(e);
}

char *cpa_editor_read(CpaEditor *e, const char *prompt)
{
    g_free(e->prompt);
    e->prompt = g_strdup(prompt);
#ifdef HAVE_LIBEDIT
    if (e->c != NULL) {
        return read_edited(e);
    }
#endif
    return read_plain(e);
}
