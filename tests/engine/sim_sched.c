/*
 * The simulation's threads, and what the engine calls instead of pthreads and the system's clock
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The linker puts the functions __wrap_X here in the place of X (SIM_LDFLAGS); without a simulation they pass everything
 * on.  Threads are coroutines on stacks of their own, with their own copy of the program's thread-local
 * variables.  A mutex is its owner's number, written into the pthread_mutex_t itself, so that static initializers
 * serve; who waits for what is known by address.
 */

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <ucontext.h>

#include "sim_private.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define STACK_SIZE ((size_t)4 << 20)
#else
#define STACK_SIZE ((size_t)1 << 20)
#endif

/* a deadline above is one of the wall clock */
#define WALL_CLOCK ((int64_t)1000000000 * SIM_S)

enum state { READY, WAITS_MUTEX, WAITS_COND, SLEEPS, WAITS_WORD, JOINS, ENDED };

struct sim_thread
{
    struct sim_thread *next;           /* threads */
    struct sim *sim;
    ucontext_t context;
    unsigned char *stack;
    unsigned id;
    char     name[32];
    enum state state;
    const volatile void *object;       /* what it waits for */
    unsigned value;                    /* WAITS_WORD */
    const char *why;
    pthread_mutex_t *mutex;            /* WAITS_COND: to be had again */
    int64_t  deadline;                 /* monotonic */
    int      timed_out, signalled, detached;
    unsigned char *locals;
    void  *(*run)(void *context);
    void    *argument, *result;
    void    *fake_stack;
};

static struct sim_thread *threads, *current, *ended;
static unsigned next_id;
static uint64_t switches;
static int64_t give_up;
static unsigned char *free_stacks[64];
static unsigned free_stack_count;

/* -- thread-local variables of the program -- */

static unsigned char *locals;
static const unsigned char *locals_image;
static size_t locals_size, locals_image_size;

static int find_locals(struct dl_phdr_info *info, size_t size, void *context)
{
    int i;

    (void)size;
    (void)context;
    /* the first one is the program itself */
    for (i = 0; i < info->dlpi_phnum; i++)
    {
        if (info->dlpi_phdr[i].p_type != PT_TLS) continue;
        locals = info->dlpi_tls_data;
        locals_size = info->dlpi_phdr[i].p_memsz;
        locals_image = (const unsigned char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
        locals_image_size = info->dlpi_phdr[i].p_filesz;
    }
    return 1;
}

static void __attribute__((no_sanitize("address"))) copy_bytes(unsigned char *to, const unsigned char *from, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) ((volatile unsigned char *)to)[i] = from[i];
}

/* -- stacks -- */

static unsigned char *take_stack(void)
{
    unsigned char *stack;

    if (free_stack_count) return free_stacks[--free_stack_count];
    stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, 4096, PROT_NONE)) abort();
    return stack;
}

static void give_stack(unsigned char *stack)
{
#if defined(__SANITIZE_ADDRESS__)
    ASAN_UNPOISON_MEMORY_REGION(stack, STACK_SIZE);
#endif
    if (free_stack_count < sizeof(free_stacks) / sizeof(free_stacks[0])) free_stacks[free_stack_count++] = stack;
    else munmap(stack, STACK_SIZE);
}

static void free_thread(struct sim_thread *thread)
{
    struct sim_thread **place;

    for (place = &threads; *place != thread; place = &(*place)->next) {}
    *place = thread->next;
    if (thread->stack) give_stack(thread->stack);
    free(thread->locals);
    free(thread);
}

/* The one that ended and was still on its stack then. */
static void bury(void)
{
    struct sim_thread *thread = ended;

    ended = NULL;
    if (!thread) return;
    give_stack(thread->stack);
    thread->stack = NULL;
    if (thread->detached) free_thread(thread);
}

/* -- who is next -- */

static const char *describe(const struct sim_thread *thread, char text[160])
{
    static const char *const states[] = { "can run", "waits for the mutex", "waits for the condition", "sleeps", "hangs in",
                                          "joins", "ended" };
    int length = snprintf(text, 160, "  thread %u (%s) %s", thread->id, thread->name, states[thread->state]);

    if (thread->state == WAITS_MUTEX)
        snprintf(text + length, 160 - length, " %p of thread %d", (const void *)thread->object,
                 *(const int *)thread->object - 1);
    else if (thread->state == WAITS_WORD)
        snprintf(text + length, 160 - length, " %s", thread->why);
    else if (thread->object)
        snprintf(text + length, 160 - length, " %p", (const void *)thread->object);
    return text;
}

static void stuck(struct sim *sim, const char *what)
{
    char text[8192], line[160];
    struct sim_thread *thread;
    size_t length = (size_t)snprintf(text, sizeof(text), "%s, %lld s after the beginning:", what,
                                     (long long)(sim->monotonic / SIM_S));

    for (thread = threads; thread && length < sizeof(text) - sizeof(line); thread = thread->next)
        length += (size_t)snprintf(text + length, sizeof(text) - length, "\n%s", describe(thread, line));
    sim_stuck(sim, text);
}

static int can_run(struct sim_thread *thread)
{
    switch (thread->state)
    {
    case READY:
        return 1;
    case WAITS_MUTEX:
        return !*(const int *)thread->object;
    case WAITS_COND:
        return (thread->signalled || thread->deadline <= thread->sim->monotonic) && !*(const int *)thread->mutex;
    case SLEEPS:
        return thread->deadline <= thread->sim->monotonic;
    case WAITS_WORD:
        return *(const volatile unsigned *)thread->object != thread->value;
    case JOINS:
        return ((const struct sim_thread *)thread->object)->state == ENDED;
    default:
        return 0;
    }
}

/* One of those that can run, not the excepted one; NULL: none. */
static struct sim_thread *choose(struct sim *sim, const struct sim_thread *except)
{
    struct sim_thread *thread, *found[64];
    size_t count = 0;

    for (thread = threads; thread && count < 64; thread = thread->next)
        if (thread != except && can_run(thread)) found[count++] = thread;
    if (!count) return NULL;
    return found[count > 1 ? sim_random(sim, count) : 0];
}

/* Moves the clock to the next moment at which somebody wakes. */
static void pass_time(struct sim *sim)
{
    int64_t next = SIM_NO_DEADLINE;
    struct sim_thread *thread;

    for (thread = threads; thread; thread = thread->next)
        if ((thread->state == SLEEPS || (thread->state == WAITS_COND && !thread->signalled)) && thread->deadline < next &&
            thread->deadline > sim->monotonic)
            next = thread->deadline;
    if (next == SIM_NO_DEADLINE) stuck(sim, "all threads wait for ever");
    sim->monotonic = next;
    if (next > give_up) stuck(sim, "the run takes too long");
}

static void switch_to(struct sim_thread *thread)
{
    struct sim_thread *last = current;
    struct sim *sim = last->sim;

    if (++switches > sim->config.most_switches) stuck(sim, "too many switches between threads");
    if (thread == last) return;
    sim_mix(sim, thread->id);
    if (sim_traced(sim)) sim_trace(sim, "switch to %u (%s)", thread->id, thread->name);
    copy_bytes(last->locals, locals, locals_size);
    copy_bytes(locals, thread->locals, locals_size);
    current = thread;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(last->state == ENDED ? NULL : &last->fake_stack, thread->context.uc_stack.ss_sp,
                                   thread->context.uc_stack.ss_size);
#endif
    swapcontext(&last->context, &thread->context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(last->fake_stack, NULL, NULL);
#endif
    bury();
}

/* Lets others run until the current thread's wait is over. */
static void wait(struct sim *sim)
{
    struct sim_thread *next;

    while (!(next = choose(sim, NULL))) pass_time(sim);
    switch_to(next);
    /* who is switched to can run, and nobody else ran since */
    current->state = READY;
    current->object = NULL;
}

void sim_preempt(struct sim *sim)
{
    struct sim_thread *next;

    if (!sim->config.preempt || sim_random(sim, 1000) >= sim->config.preempt) return;
    if ((next = choose(sim, current))) switch_to(next);
}

void sim_yield(struct sim *sim)
{
    struct sim_thread *next = choose(sim, current);

    if (next) switch_to(next);
}

void sim_wait_until(struct sim *sim, int64_t monotonic)
{
    current->state = SLEEPS;
    current->deadline = monotonic;
    wait(sim);
}

void sim_wait_word(struct sim *sim, const volatile unsigned *word, unsigned value, const char *why)
{
    current->state = WAITS_WORD;
    current->object = word;
    current->value = value;
    current->why = why;
    wait(sim);
}

void sim_sleep(struct sim *sim, int64_t ns)
{
    sim_wait_until(sim, sim->monotonic + (ns > 0 ? ns : 0));
}

unsigned sim_thread_id(struct sim *sim)
{
    (void)sim;
    return current ? current->id : 0;
}

unsigned sim_threads(struct sim *sim)
{
    struct sim_thread *thread;
    unsigned count = 0;

    (void)sim;
    for (thread = threads; thread; thread = thread->next)
        if (thread->id && thread->state != ENDED) count++;
    return count;
}

void sim_drain(struct sim *sim)
{
    int64_t limit = sim->monotonic + 3600 * SIM_S;

    while (sim_threads(sim))
    {
        sim_sleep(sim, 10 * SIM_MS);
        if (sim->monotonic > limit) stuck(sim, "threads are left behind");
    }
}

/* -- threads -- */

static void thread_main(void)
{
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
#endif
    bury();
    current->result = current->run(current->argument);
    current->state = ENDED;
    ended = current;
    {
        struct sim *sim = current->sim;
        struct sim_thread *next;

        while (!(next = choose(sim, current))) pass_time(sim);
        switch_to(next);
    }
    abort();
}

static struct sim_thread *start(struct sim *sim, const char *name, void *(*run)(void *), void *argument, int detached)
{
    struct sim_thread *thread = sim_alloc(sizeof(*thread)), **place;

    thread->sim = sim;
    thread->id = next_id++;
    snprintf(thread->name, sizeof(thread->name), "%s", name);
    thread->run = run;
    thread->argument = argument;
    thread->detached = detached;
    thread->locals = sim_alloc(locals_size);
    if (run)
    {
        memcpy(thread->locals, locals_image, locals_image_size);
        thread->stack = take_stack();
        getcontext(&thread->context);
        thread->context.uc_stack.ss_sp = thread->stack + 4096;
        thread->context.uc_stack.ss_size = STACK_SIZE - 4096;
        makecontext(&thread->context, thread_main, 0);
    }
    for (place = &threads; *place; place = &(*place)->next) {}
    *place = thread;
    return thread;
}

struct sim_thread *sim_spawn(struct sim *sim, const char *name, void (*run)(void *context), void *context)
{
    /* what it returns is not looked at */
    return start(sim, name, (void *(*)(void *))(void (*)(void))run, context, 0);
}

void sim_join(struct sim *sim, struct sim_thread *thread)
{
    current->state = JOINS;
    current->object = thread;
    wait(sim);
    free_thread(thread);
}

void sim_sched_begin(struct sim *sim)
{
    dl_iterate_phdr(find_locals, NULL);
    next_id = 0;
    switches = 0;
    give_up = sim->monotonic + sim->config.longest;
    current = start(sim, "main", NULL, NULL, 0);
#if defined(__SANITIZE_ADDRESS__)
    {
        pthread_attr_t attributes;
        void *low;
        size_t size;

        pthread_getattr_np(pthread_self(), &attributes);
        pthread_attr_getstack(&attributes, &low, &size);
        pthread_attr_destroy(&attributes);
        current->context.uc_stack.ss_sp = low;
        current->context.uc_stack.ss_size = size;
    }
#endif
}

void sim_sched_end(struct sim *sim)
{
    struct sim_thread *thread;

    (void)sim;
    bury();
    while ((thread = threads)) free_thread(thread);
    current = NULL;        /* stacks stay for the next simulation */
}

/* -- pthreads -- */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument);
int __real_pthread_join(pthread_t thread, void **result);
int __real_pthread_detach(pthread_t thread);
int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t *mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t *mutex);
int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex);
int __real_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until);
int __real_pthread_cond_signal(pthread_cond_t *cond);
int __real_pthread_cond_broadcast(pthread_cond_t *cond);
int __real_nanosleep(const struct timespec *pause, struct timespec *left);
int __real_clock_gettime(clockid_t id, struct timespec *time);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    int state = PTHREAD_CREATE_JOINABLE;
    struct sim_thread *started;
    char name[32];

    if (!sim_active) return __real_pthread_create(thread, attributes, run, argument);
    if (attributes) pthread_attr_getdetachstate(attributes, &state);
    snprintf(name, sizeof(name), "engine %u", next_id);
    started = start(sim_active, name, run, argument, state == PTHREAD_CREATE_DETACHED);
    *thread = (pthread_t)(uintptr_t)started;
    sim_preempt(sim_active);
    return 0;
}

int __wrap_pthread_join(pthread_t thread, void **result)
{
    struct sim_thread *joined = (struct sim_thread *)(uintptr_t)thread;

    if (!sim_active) return __real_pthread_join(thread, result);
    current->state = JOINS;
    current->object = joined;
    wait(sim_active);
    if (result) *result = joined->result;
    free_thread(joined);
    return 0;
}

int __wrap_pthread_detach(pthread_t thread)
{
    struct sim_thread *detached = (struct sim_thread *)(uintptr_t)thread;

    if (!sim_active) return __real_pthread_detach(thread);
    if (detached->state == ENDED) free_thread(detached);
    else detached->detached = 1;
    return 0;
}

static int *owner_of(pthread_mutex_t *mutex)
{
    return (int *)mutex;
}

static void take(struct sim *sim, pthread_mutex_t *mutex)
{
    if (*owner_of(mutex) == (int)current->id + 1) stuck(sim, "a thread locks a mutex that it holds");
    if (*owner_of(mutex))
    {
        current->state = WAITS_MUTEX;
        current->object = mutex;
        wait(sim);
    }
    *owner_of(mutex) = (int)current->id + 1;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (!sim_active) return __real_pthread_mutex_lock(mutex);
    sim_preempt(sim_active);
    take(sim_active, mutex);
    return 0;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (!sim_active) return __real_pthread_mutex_trylock(mutex);
    sim_preempt(sim_active);
    if (*owner_of(mutex)) return EBUSY;
    *owner_of(mutex) = (int)current->id + 1;
    return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (!sim_active) return __real_pthread_mutex_unlock(mutex);
    if (*owner_of(mutex) != (int)current->id + 1) stuck(sim_active, "a thread unlocks a mutex that it does not hold");
    *owner_of(mutex) = 0;
    sim_preempt(sim_active);
    return 0;
}

static int wait_cond(struct sim *sim, pthread_cond_t *cond, pthread_mutex_t *mutex, int64_t deadline)
{
    if (*owner_of(mutex) != (int)current->id + 1) stuck(sim, "a thread waits with a mutex that it does not hold");
    *owner_of(mutex) = 0;
    current->state = WAITS_COND;
    current->object = cond;
    current->mutex = mutex;
    current->deadline = deadline;
    current->signalled = 0;
    wait(sim);
    *owner_of(mutex) = (int)current->id + 1;
    return current->signalled ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *mutex)
{
    if (!sim_active) return __real_pthread_cond_wait(cond, mutex);
    return wait_cond(sim_active, cond, mutex, SIM_NO_DEADLINE);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
    int64_t deadline;

    if (!sim_active) return __real_pthread_cond_timedwait(cond, mutex, until);
    deadline = (int64_t)until->tv_sec * SIM_S + until->tv_nsec;
    if (deadline > WALL_CLOCK) deadline -= sim_active->wall_offset;
    return wait_cond(sim_active, cond, mutex, deadline);
}

/* Wakes one or all that wait for a condition. */
static void wake(struct sim *sim, pthread_cond_t *cond, int all)
{
    struct sim_thread *thread, *found[64];
    size_t count = 0, i;

    for (thread = threads; thread && count < 64; thread = thread->next)
        if (thread->state == WAITS_COND && thread->object == cond && !thread->signalled) found[count++] = thread;
    if (!count) return;
    if (!all) found[0] = found[count > 1 ? sim_random(sim, count) : 0];
    for (i = 0; i < (all ? count : 1); i++) found[i]->signalled = 1;
}

int __wrap_pthread_cond_signal(pthread_cond_t *cond)
{
    if (!sim_active) return __real_pthread_cond_signal(cond);
    wake(sim_active, cond, 0);
    return 0;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *cond)
{
    if (!sim_active) return __real_pthread_cond_broadcast(cond);
    wake(sim_active, cond, 1);
    return 0;
}

/* -- time -- */

int __wrap_nanosleep(const struct timespec *pause, struct timespec *left)
{
    if (!sim_active) return __real_nanosleep(pause, left);
    sim_sleep(sim_active, (int64_t)pause->tv_sec * SIM_S + pause->tv_nsec);
    if (left) memset(left, 0, sizeof(*left));
    return 0;
}

int __wrap_clock_gettime(clockid_t id, struct timespec *time)
{
    int64_t now;

    if (!sim_active) return __real_clock_gettime(id, time);
    now = id == CLOCK_REALTIME ? sim_now(sim_active) : sim_monotonic(sim_active);
    time->tv_sec = now / SIM_S;
    time->tv_nsec = now % SIM_S;
    return 0;
}
