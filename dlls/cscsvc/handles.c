/*
 * Service for Offline Files: the handles of a session
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "cscsvc_private.h"

/* More than any client needs at once; a wrong or hostile one can't fill the service. */
#define MAX_HANDLES    1024
#define MAX_OPERATIONS 32                       /* each takes a thread, and paths */
#define MAX_BYTES      (256 * 1024 * 1024)      /* of enumerations; beyond this no more of them */

static void cancel_object(struct handle_entry *entry)
{
    if (entry->kind == HANDLE_OPERATION)
    {
        struct csc_unix_op_params params = { .op = entry->object };
        unix_call(CSC_UNIX_OP_CANCEL, &params);
    }
    else if (entry->kind == HANDLE_SUBSCRIPTION)
    {
        struct csc_unix_subscription_params params = { .subscription = entry->object };
        unix_call(CSC_UNIX_NEWS_CANCEL, &params);
    }
}

static void close_object(enum handle_kind kind, void *object)
{
    if (kind == HANDLE_OPERATION)
    {
        struct csc_unix_op_params params = { .op = object };
        unix_call(CSC_UNIX_OP_CLOSE, &params);
    }
    else if (kind == HANDLE_SUBSCRIPTION)
    {
        struct csc_unix_subscription_params params = { .subscription = object };
        unix_call(CSC_UNIX_UNSUBSCRIBE, &params);
    }
    else
    {
        struct csc_unix_enum_close_params params = { .snapshot = object };
        unix_call(CSC_UNIX_ENUM_CLOSE, &params);
    }
}

/* Slot 0 of the handle's low half stays unused, so that no handle is 0. */
static ULONGLONG make_handle(ULONG slot, ULONG serial)
{
    return (ULONGLONG)serial << 32 | (slot + 1);
}

static struct handle_slot *find_slot(struct handle_table *table, enum handle_kind kind, ULONGLONG handle)
{
    ULONG index = (ULONG)handle - 1;
    struct handle_slot *slot;

    if (!(ULONG)handle || index >= table->count) return NULL;
    slot = &table->slots[index];
    if (!slot->entry || slot->serial != (ULONG)(handle >> 32) || slot->entry->kind != kind) return NULL;
    return slot;
}

/* A free slot; the table grows when there is none. */
static HRESULT get_free_slot(struct handle_table *table, ULONG *index)
{
    struct handle_slot *slots;
    ULONG i, count;

    if (table->used < table->count)
    {
        for (i = 0; table->slots[i].entry; i++) ;
        *index = i;
        return S_OK;
    }
    count = table->count ? table->count * 2 : 16;
    if (table->slots)
        slots = HeapReAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, table->slots, count * sizeof(*slots));
    else
        slots = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, count * sizeof(*slots));
    if (!slots) return E_OUTOFMEMORY;
    *index = table->count;
    table->slots = slots;
    table->count = count;
    return S_OK;
}

static ULONG count_kind(const struct handle_table *table, enum handle_kind kind)
{
    ULONG i, count = 0;

    for (i = 0; i < table->count; i++)
        if (table->slots[i].entry && table->slots[i].entry->kind == kind) count++;
    return count;
}

static HRESULT check_room(const struct handle_table *table, enum handle_kind kind)
{
    if (table->closed) return RPC_E_DISCONNECTED;
    if (table->used >= MAX_HANDLES || (kind == HANDLE_OPERATION && count_kind(table, kind) >= MAX_OPERATIONS) ||
        (kind == HANDLE_ENUM && table->bytes >= MAX_BYTES))
        return HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
    return S_OK;
}

HRESULT handles_room(struct handle_table *table, enum handle_kind kind)
{
    HRESULT hr;

    AcquireSRWLockShared(&table->lock);
    hr = check_room(table, kind);
    ReleaseSRWLockShared(&table->lock);
    return hr;
}

HRESULT handles_add(struct handle_table *table, enum handle_kind kind, void *object, UINT64 bytes, ULONGLONG *handle)
{
    struct handle_entry *entry = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*entry));
    ULONG index;
    HRESULT hr;

    if (!entry) return E_OUTOFMEMORY;
    entry->refs = 1;
    entry->kind = kind;
    entry->object = object;
    entry->bytes = bytes;
    InitializeSRWLock(&entry->use);

    AcquireSRWLockExclusive(&table->lock);
    hr = check_room(table, kind);
    if (SUCCEEDED(hr)) hr = get_free_slot(table, &index);
    if (SUCCEEDED(hr))
    {
        table->slots[index].entry = entry;
        table->slots[index].serial++;
        table->used++;
        table->bytes += bytes;
        *handle = make_handle(index, table->slots[index].serial);
    }
    ReleaseSRWLockExclusive(&table->lock);
    if (FAILED(hr)) HeapFree(GetProcessHeap(), 0, entry);
    return hr;
}

ULONG handles_count(struct handle_table *table, enum handle_kind kind)
{
    ULONG count;

    AcquireSRWLockShared(&table->lock);
    count = count_kind(table, kind);
    ReleaseSRWLockShared(&table->lock);
    return count;
}

struct handle_entry *handles_get(struct handle_table *table, enum handle_kind kind, ULONGLONG handle)
{
    struct handle_entry *entry = NULL;
    struct handle_slot *slot;

    AcquireSRWLockShared(&table->lock);
    if ((slot = find_slot(table, kind, handle)))
    {
        entry = slot->entry;
        InterlockedIncrement(&entry->refs);
    }
    ReleaseSRWLockShared(&table->lock);
    return entry;
}

HRESULT handle_may_grow(struct handle_table *table, struct handle_entry *entry)
{
    HRESULT hr = S_OK;

    AcquireSRWLockShared(&table->lock);
    if (!entry->closed && table->bytes - entry->bytes >= MAX_BYTES) hr = HRESULT_FROM_WIN32(ERROR_NO_SYSTEM_RESOURCES);
    ReleaseSRWLockShared(&table->lock);
    return hr;
}

void handle_set_bytes(struct handle_table *table, struct handle_entry *entry, UINT64 bytes)
{
    AcquireSRWLockExclusive(&table->lock);
    if (!entry->closed)
    {
        table->bytes += bytes - entry->bytes;
        entry->bytes = bytes;
    }
    ReleaseSRWLockExclusive(&table->lock);
}

void handle_release(struct handle_entry *entry)
{
    if (InterlockedDecrement(&entry->refs)) return;
    close_object(entry->kind, entry->object);
    HeapFree(GetProcessHeap(), 0, entry);
}

HRESULT handles_close(struct handle_table *table, enum handle_kind kind, ULONGLONG handle)
{
    struct handle_entry *entry = NULL;
    struct handle_slot *slot;

    AcquireSRWLockExclusive(&table->lock);
    if ((slot = find_slot(table, kind, handle)))
    {
        entry = slot->entry;
        slot->entry = NULL;
        table->used--;
        table->bytes -= entry->bytes;
        entry->closed = TRUE;
    }
    ReleaseSRWLockExclusive(&table->lock);
    if (!entry) return HRESULT_FROM_WIN32(ERROR_INVALID_HANDLE);

    /* A pull that waits in this operation gets its END at once and drops the last reference. */
    cancel_object(entry);
    handle_release(entry);
    return S_OK;
}

void handles_cancel_all(struct handle_table *table)
{
    ULONG i;

    AcquireSRWLockShared(&table->lock);
    for (i = 0; i < table->count; i++)
        if (table->slots[i].entry) cancel_object(table->slots[i].entry);
    ReleaseSRWLockShared(&table->lock);
}

void handles_close_all(struct handle_table *table)
{
    struct handle_slot *slots;
    ULONG i, count;

    AcquireSRWLockExclusive(&table->lock);
    slots = table->slots;
    count = table->count;
    table->slots = NULL;
    table->count = table->used = 0;
    table->bytes = 0;
    table->closed = TRUE;
    for (i = 0; i < count; i++)
        if (slots[i].entry) slots[i].entry->closed = TRUE;
    ReleaseSRWLockExclusive(&table->lock);

    /* All are told to stop before the first one is waited for. */
    for (i = 0; i < count; i++)
        if (slots[i].entry) cancel_object(slots[i].entry);
    for (i = 0; i < count; i++)
        if (slots[i].entry) handle_release(slots[i].entry);
    HeapFree(GetProcessHeap(), 0, slots);
}
