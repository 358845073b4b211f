/*
 * Files and folders that an administrator assigned
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <string.h>

#include "adminpin.h"
#include "log.h"
#include "relocate.h"
#include "scope.h"

#define FIRST_RETRY (60 * CSC_NS_PER_S)
#define LAST_RETRY  (16 * FIRST_RETRY)
/* after a change, so that a client that asked for it is first */
#define DELAY       CSC_NS_PER_S

/* -- lists -- */

static void list_free(struct csc_admin_list *list)
{
    size_t i;

    for (i = 0; i < list->count; i++)
    {
        free(list->pins[i].path);
        free(list->pins[i].key);
    }
    free(list->pins);
    list->pins = NULL;
    list->count = 0;
}

static int same(const struct csc_admin_pin *a, const struct csc_admin_pin *b)
{
    return a->reason == b->reason && !strcmp(a->key, b->key);
}

static struct csc_admin_pin *list_find(const struct csc_admin_list *list, const struct csc_admin_pin *pin)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (same(&list->pins[i], pin)) return &list->pins[i];
    return NULL;
}

/* Takes path over. */
static csc_status list_add(struct csc_admin_list *list, char *path, uint32_t reason)
{
    struct csc_admin_pin pin = { path, NULL, reason }, *pins;
    csc_status status = path ? csc_name_key(path, &pin.key) : CSC_E_OUT_OF_MEMORY;

    if (!csc_failed(status) && list_find(list, &pin))
    {
        free(pin.key);
        free(path);
        return CSC_OK;
    }
    if (!csc_failed(status) && !(pins = realloc(list->pins, (list->count + 1) * sizeof(*pins)))) status = CSC_E_OUT_OF_MEMORY;
    if (csc_failed(status))
    {
        free(pin.key);
        free(path);
        return status;
    }
    list->pins = pins;
    pins[list->count++] = pin;
    return CSC_OK;
}

static void list_remove(struct csc_admin_list *list, struct csc_admin_pin *pin)
{
    free(pin->path);
    free(pin->key);
    *pin = list->pins[--list->count];
}

static int is_below(const char *key, const char *above)
{
    size_t length = strlen(above);

    return !strncmp(key, above, length) && key[length] == '\\';
}

int csc_admin_pin_goes(const struct csc_admin_pin *applied, const struct csc_admin_list *wanted)
{
    size_t i;

    for (i = 0; i < wanted->count; i++)
        if (same(applied, &wanted->pins[i]) ||
            (applied->reason == wanted->pins[i].reason && is_below(applied->key, wanted->pins[i].key)))
            return 0;
    return 1;
}

/* -- what the store remembers: a line each, with a letter for the list -- */

static char letter(uint32_t reason)
{
    return reason == CSC_PIN_COMPUTER ? 'c' : 'u';
}

csc_status csc_admin_pins_load(struct csc_engine *engine)
{
    struct csc_admin_list *list = &engine->admin.applied;
    char *text, *line, *rest;
    csc_status status;

    status = csc_store_meta_get(engine->store, CSC_META_ADMIN_PINS, &text);
    if (status == CSC_E_NOT_FOUND) return CSC_OK;
    if (csc_failed(status)) return status;
    for (line = strtok_r(text, "\n", &rest); line && !csc_failed(status); line = strtok_r(NULL, "\n", &rest))
        if ((line[0] == 'c' || line[0] == 'u') && line[1])
            status = list_add(list, strdup(line + 1), line[0] == 'c' ? CSC_PIN_COMPUTER : CSC_PIN_USER_POLICY);
    free(text);
    return status;
}

/* Engine locked. */
static csc_status save(struct csc_engine *engine)
{
    const struct csc_admin_list *list = &engine->admin.applied;
    size_t size = 1, i;
    csc_status status;
    char *text, *to;

    for (i = 0; i < list->count; i++) size += strlen(list->pins[i].path) + 2;
    if (!(to = text = malloc(size))) return CSC_E_OUT_OF_MEMORY;
    for (i = 0; i < list->count; i++)
    {
        *to++ = letter(list->pins[i].reason);
        to = stpcpy(to, list->pins[i].path);
        *to++ = '\n';
    }
    *to = 0;
    status = csc_store_meta_set(engine->store, CSC_META_ADMIN_PINS, list->count ? text : NULL);
    free(text);
    return status;
}

void csc_admin_pins_free(struct csc_engine *engine)
{
    list_free(&engine->admin.applied);
    list_free(&engine->admin.wanted);
}

csc_status csc_admin_pins_renamed(struct csc_engine *engine, const struct csc_path *from, const char *to)
{
    struct csc_admin_list *list = &engine->admin.applied, renamed = { 0 };
    csc_status status = CSC_OK;
    int changed = 0;
    size_t i;
    char *path;

    pthread_mutex_lock(&engine->lock);
    for (i = 0; i < list->count && !csc_failed(status); i++)
    {
        status = csc_rename_new_path(list->pins[i].path, from, to, 1, &path);
        changed |= path != NULL;
        if (!csc_failed(status)) status = list_add(&renamed, path ? path : strdup(list->pins[i].path), list->pins[i].reason);
    }
    if (!csc_failed(status) && changed)
    {
        struct csc_admin_list old = *list;

        *list = renamed;
        renamed = old;
        status = save(engine);
    }
    pthread_mutex_unlock(&engine->lock);
    list_free(&renamed);
    return csc_failed(status) ? status : CSC_OK;
}

/* -- the policy -- */

/* An entry as it stands in the policy. */
static csc_status add_entry(struct csc_engine *engine, struct csc_admin_list *list, const char *text, uint32_t reason)
{
    struct csc_path path;
    csc_status status;

    status = csc_path_parse(text, &path);
    if (!csc_failed(status))
    {
        status = path.share ? list_add(list, csc_path_text(&path), reason) : CSC_E_BAD_PATH;
        csc_path_free(&path);
    }
    if (!csc_failed(status) || status == CSC_E_OUT_OF_MEMORY) return status;
    csc_trace(engine, "%s is assigned to be available offline, but is no path of a share", text);
    csc_store_log(engine->store, "assigned by policy", text, status, csc_status_text(status));
    return CSC_OK;
}

static int differ(const struct csc_admin_list *a, const struct csc_admin_list *b)
{
    size_t i;

    if (a->count != b->count) return 1;
    for (i = 0; i < a->count; i++)
        if (!list_find(b, &a->pins[i])) return 1;
    return 0;
}

csc_status csc_set_admin_pins(struct csc_engine *engine, const char *const *machine, size_t machine_count,
                              const char *const *user, size_t user_count, int economical)
{
    struct csc_admin_list list = { 0 }, old;
    csc_status status = CSC_OK;
    size_t i;

    for (i = 0; i < machine_count && !csc_failed(status); i++)
        status = add_entry(engine, &list, machine[i], CSC_PIN_COMPUTER);
    for (i = 0; i < user_count && !csc_failed(status); i++)
        status = add_entry(engine, &list, user[i], CSC_PIN_USER_POLICY);
    if (csc_failed(status))
    {
        list_free(&list);
        return status;
    }
    pthread_mutex_lock(&engine->lock);
    if (!engine->admin.known || differ(&list, &engine->admin.wanted))
    {
        engine->admin.due = 1;
        engine->admin.next = engine->clock->monotonic(engine->clock) + DELAY;
        engine->admin.pause = FIRST_RETRY;
    }
    engine->admin.full = !economical && !engine->admin.known;
    engine->admin.known = 1;
    engine->admin.economical = economical;
    old = engine->admin.wanted;
    engine->admin.wanted = list;
    engine->monitor_wanted = 1;
    pthread_cond_signal(&engine->tick);
    pthread_mutex_unlock(&engine->lock);
    list_free(&old);
    return CSC_OK;
}

/* -- operations -- */

csc_status csc_admin_pins_paths(struct csc_engine *engine, enum csc_op_kind kind, struct csc_path **ret_paths,
                                uint32_t **ret_reasons, size_t *ret_count)
{
    struct csc_admin_list *list = kind == CSC_OP_ADMIN_PIN ? &engine->admin.wanted : &engine->admin.applied;
    csc_status status = CSC_OK;
    size_t i;

    *ret_count = 0;
    pthread_mutex_lock(&engine->lock);
    *ret_paths = calloc(list->count + 1, sizeof(**ret_paths));
    *ret_reasons = calloc(list->count + 1, sizeof(**ret_reasons));
    if (!*ret_paths || !*ret_reasons) status = CSC_E_OUT_OF_MEMORY;
    /* nobody told yet what is wanted: that is not the same as nothing */
    for (i = 0; engine->admin.known && i < list->count && !csc_failed(status); i++)
    {
        if (kind == CSC_OP_ADMIN_UNPIN && !csc_admin_pin_goes(&list->pins[i], &engine->admin.wanted)) continue;
        if (csc_failed(status = csc_path_parse(list->pins[i].path, &(*ret_paths)[*ret_count]))) break;
        (*ret_reasons)[(*ret_count)++] = list->pins[i].reason;
    }
    pthread_mutex_unlock(&engine->lock);
    return status;
}

/* Has the item its reason, and passes it on when it is a container? */
static int is_pinned(struct csc_engine *engine, const struct csc_path *path, uint32_t reason)
{
    struct csc_place place;
    uint32_t bits = reason;
    int pinned;

    if (csc_failed(csc_place_find(engine, path, &place))) return 0;
    if (place.has_item && place.item.type != OFFLINEFILES_ITEM_TYPE_FILE) bits |= reason << CSC_PIN_INHERIT_SHIFT;
    pinned = place.has_item && (place.item.pin & bits) == bits;
    csc_place_clear(&place);
    return pinned;
}

static uint32_t reason_of(const struct csc_op *op, const struct csc_path *path)
{
    return op->reasons[path - op->paths];
}

csc_status csc_admin_pin_begin(struct csc_op *op, const struct csc_path *path)
{
    struct csc_engine *engine = op->engine;
    uint32_t reason = reason_of(op, path);
    csc_status status;
    int economical;
    char *text;

    if (op->kind == CSC_OP_UNPIN) return CSC_OK;
    if (!(text = csc_path_text(path))) return CSC_E_OUT_OF_MEMORY;
    pthread_mutex_lock(&engine->lock);
    economical = engine->admin.economical;
    /* noted first: what was pinned in part has to go, too, once it is not wanted any more */
    status = list_add(&engine->admin.applied, text, reason);
    if (!csc_failed(status)) status = save(engine);
    pthread_mutex_unlock(&engine->lock);
    if (csc_failed(status)) return status;
    return economical && is_pinned(engine, path, reason) ? CSC_FALSE : CSC_OK;
}

void csc_admin_pin_done(struct csc_op *op, const struct csc_path *path, csc_status status)
{
    struct csc_engine *engine = op->engine;
    struct csc_admin_pin pin = { csc_path_text(path), NULL, reason_of(op, path) }, *applied;

    /* what is not in the cache has no pin to lose */
    if (op->kind == CSC_OP_UNPIN && (status == CSC_E_NOT_FOUND || status == CSC_E_BAD_NETPATH)) status = CSC_OK;
    if (!csc_failed(status) && op->kind == CSC_OP_UNPIN && (!pin.path || csc_failed(csc_name_key(pin.path, &pin.key))))
        status = CSC_E_OUT_OF_MEMORY;
    pthread_mutex_lock(&engine->lock);
    if (!csc_failed(status) && op->kind == CSC_OP_UNPIN && (applied = list_find(&engine->admin.applied, &pin)))
    {
        list_remove(&engine->admin.applied, applied);
        status = save(engine);
    }
    if (csc_failed(status)) engine->admin.failed = 1;
    pthread_mutex_unlock(&engine->lock);
    free(pin.key);
    free(pin.path);
}

/* -- by itself -- */

/* All shares with something on the lists are to be synchronized soon.  Engine locked. */
static void synchronize_all(struct csc_engine *engine)
{
    struct csc_scope *scope;
    struct csc_path path;
    size_t i;

    for (i = 0; i < engine->admin.wanted.count; i++)
    {
        if (csc_failed(csc_path_parse(engine->admin.wanted.pins[i].path, &path))) continue;
        if ((scope = csc_scope_lookup(engine, path.server, path.share))) scope->schedule.last = scope->schedule.tried = 0;
        csc_path_free(&path);
    }
}

void csc_admin_pins_ended(struct csc_op *op)
{
    struct csc_engine *engine = op->engine;
    csc_status status;

    if (!op->reasons || !op->detached) return;
    pthread_mutex_lock(&op->lock);
    status = op->end_status;
    pthread_mutex_unlock(&op->lock);
    pthread_mutex_lock(&engine->lock);
    if (csc_failed(status) && status != CSC_E_MORE_DATA) engine->admin.failed = 1;
    engine->admin.phase = op->kind == CSC_OP_UNPIN ? CSC_ADMIN_PIN_NEXT : CSC_ADMIN_IDLE;
    if (engine->admin.phase == CSC_ADMIN_IDLE)
    {
        if (engine->admin.failed)
        {
            engine->admin.due = 1;
            engine->admin.next = engine->clock->monotonic(engine->clock) + engine->admin.pause;
            if (engine->admin.pause < LAST_RETRY) engine->admin.pause *= 2;
        }
        if (engine->admin.full) synchronize_all(engine);
        engine->admin.full = 0;
    }
    engine->monitor_wanted = 1;
    pthread_cond_signal(&engine->tick);
    pthread_mutex_unlock(&engine->lock);
}

void csc_admin_pins_tick(struct csc_engine *engine, int64_t now)
{
    struct csc_op_request request = { .kind = CSC_OP_ADMIN_UNPIN };
    csc_status status;
    int start;

    pthread_mutex_lock(&engine->lock);
    if ((start = engine->admin.phase == CSC_ADMIN_PIN_NEXT)) request.kind = CSC_OP_ADMIN_PIN;
    else if ((start = engine->admin.phase == CSC_ADMIN_IDLE && engine->admin.due && now >= engine->admin.next))
    {
        /* what is on no list and was on none needs no operation */
        if (!engine->admin.wanted.count && !engine->admin.applied.count) engine->admin.due = start = 0;
        engine->admin.failed = 0;
    }
    if (start) engine->admin.phase = CSC_ADMIN_RUNNING;
    if (start && request.kind == CSC_OP_ADMIN_UNPIN) engine->admin.due = 0;
    pthread_mutex_unlock(&engine->lock);
    if (!start) return;
    if (!csc_failed(status = csc_op_run_detached(engine, &request, CSC_AUTO_NONE))) return;
    csc_trace(engine, "cannot apply the policy of assigned files: %08x", (unsigned)status);
    pthread_mutex_lock(&engine->lock);
    engine->admin.phase = CSC_ADMIN_IDLE;
    engine->admin.due = 1;
    engine->admin.next = now + FIRST_RETRY;
    pthread_mutex_unlock(&engine->lock);
}
