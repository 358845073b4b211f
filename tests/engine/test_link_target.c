/*
 * Where shell links lead to, and pinning it
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "sync_fixture.h"
#include "link_target.h"

#define PIN_LINKS  OFFLINEFILES_PIN_CONTROL_FLAG_PINLINKTARGETS
#define SYNC_LINKS (OFFLINEFILES_SYNC_CONTROL_FLAG_PINNEWFILES | OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS)

/* -- making links, after the published format -- */

struct link
{
    unsigned char data[4096];
    size_t size;
};

static void put(struct link *link, size_t at, uint32_t value, size_t width)
{
    size_t i;

    for (i = 0; i < width; i++) link->data[at + i] = (unsigned char)(value >> 8 * i);
    if (link->size < at + width) link->size = at + width;
}

static size_t add_text(struct link *link, const char *text, int wide)
{
    size_t at = link->size, i;

    for (i = 0; i <= strlen(text); i++) put(link, link->size, (unsigned char)text[i], wide ? 2 : 1);
    return at;
}

#define ID_LIST   0x01u      /* what a link has beside its LinkInfo */
#define WIDE      0x02u      /* text in UTF-16, the other is misleading */
#define LOCAL     0x04u      /* a local base path */
#define NETWORK   0x08u
#define DIRECTORY 0x10u
#define NO_INFO   0x20u
#define FORCE_NO  0x40u

static void make_link(struct link *link, unsigned kind, const char *base, const char *suffix)
{
    static const unsigned char class_id[16] = { 0x01, 0x14, 0x02, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46 };
    size_t info, net, at;

    memset(link, 0, sizeof(*link));
    put(link, 0, 0x4c, 4);
    memcpy(link->data + 4, class_id, 16);
    put(link, 20, (kind & ID_LIST ? 1 : 0) | (kind & NO_INFO ? 0 : 2) | (kind & FORCE_NO ? 0x100 : 0) | 0x80, 4);
    put(link, 24, kind & DIRECTORY ? 0x10 : 0x20, 4);
    put(link, 72, 0, 4);
    if (kind & ID_LIST)
    {
        put(link, 76, 22, 2);
        put(link, 78, 20, 2);
        put(link, 98, 0, 2);
    }
    info = link->size;
    put(link, info + 4, kind & WIDE ? 0x24 : 0x1c, 4);
    put(link, info + 8, (kind & LOCAL ? 1 : 0) | (kind & NETWORK ? 2 : 0), 4);
    put(link, info + (kind & WIDE ? 0x20 : 0x18), 0, 4);
    if (kind & LOCAL)
    {
        put(link, info + 12, (uint32_t)(link->size - info), 4);
        put(link, link->size, 16, 4);
        put(link, link->size + 8, 0, 4);
        at = add_text(link, kind & WIDE ? "C:\\wrong" : base, 0);
        put(link, info + 16, (uint32_t)(at - info), 4);
        if (kind & WIDE) put(link, info + 28, (uint32_t)(add_text(link, base, 1) - info), 4);
    }
    if (kind & NETWORK)
    {
        net = link->size;
        put(link, info + 20, (uint32_t)(net - info), 4);
        put(link, net + 4, 2, 4);
        put(link, net + 16, 0x20000, 4);
        if (kind & WIDE) put(link, net + 24, 0, 4);
        at = add_text(link, kind & WIDE ? "\\\\wrong\\wrong" : base, 0);
        put(link, net + 8, (uint32_t)(at - net), 4);
        if (kind & WIDE) put(link, net + 20, (uint32_t)(add_text(link, base, 1) - net), 4);
        put(link, net, (uint32_t)(link->size - net), 4);
    }
    at = add_text(link, kind & WIDE ? "wrong" : suffix, 0);
    put(link, info + 24, (uint32_t)(at - info), 4);
    if (kind & WIDE) put(link, info + 32, (uint32_t)(add_text(link, suffix, 1) - info), 4);
    put(link, info, (uint32_t)(link->size - info), 4);
}

/* The target; static, "(none)". */
static const char *target_of(const struct link *link)
{
    static char text[600];
    csc_status status;
    char *path;

    status = csc_link_target(link->data, link->size, &path);
    if (status == CSC_FALSE)
    {
        CHECK(!path);
        return "(none)";
    }
    CHECK_STATUS(status, CSC_OK);
    snprintf(text, sizeof(text), "%s", path);
    free(path);
    return text;
}

static const char *target(unsigned kind, const char *base, const char *suffix)
{
    struct link link;

    make_link(&link, kind, base, suffix);
    return target_of(&link);
}

static void test_targets(void)
{
    CHECK_STRING(target(NETWORK, "\\\\server\\share", "dir\\file.txt"), "\\\\server\\share\\dir\\file.txt");
    CHECK_STRING(target(NETWORK | ID_LIST, "\\\\server\\share", "file.txt"), "\\\\server\\share\\file.txt");
    CHECK_STRING(target(NETWORK | WIDE, "\\\\server\\share", "dir\\file.txt"), "\\\\server\\share\\dir\\file.txt");
    CHECK_STRING(target(NETWORK | WIDE | ID_LIST, "\\\\server\\share\\", "f"), "\\\\server\\share\\f");
    CHECK_STRING(target(NETWORK | LOCAL, "\\\\server\\share", "f"), "\\\\server\\share\\f");
    CHECK_STRING(target(LOCAL, "\\\\server\\share\\dir\\", "f"), "\\\\server\\share\\dir\\f");
    CHECK_STRING(target(LOCAL | WIDE, "\\\\server\\share\\f", ""), "\\\\server\\share\\f");
    /* what is no file of a share */
    CHECK_STRING(target(LOCAL, "C:\\dir\\", "f"), "(none)");
    CHECK_STRING(target(LOCAL | WIDE, "C:\\dir\\f", ""), "(none)");
    CHECK_STRING(target(NETWORK, "\\\\server\\share", ""), "(none)");
    CHECK_STRING(target(NETWORK, "server", "x"), "(none)");
    CHECK_STRING(target(NETWORK, "\\\\server", "..\\x\\y"), "(none)");
    CHECK_STRING(target(NETWORK, "\\\\server\\share", "a\\..\\b"), "(none)");
    CHECK_STRING(target(NETWORK, "\\\\server\\share", "*"), "(none)");
    CHECK_STRING(target(NETWORK | DIRECTORY, "\\\\server\\share", "dir"), "(none)");
    CHECK_STRING(target(NETWORK | NO_INFO, "\\\\server\\share", "f"), "(none)");
    CHECK_STRING(target(NETWORK | FORCE_NO, "\\\\server\\share", "f"), "(none)");
    CHECK_STRING(target(0, "\\\\server\\share", "f"), "(none)");
    /* a code page that nobody knows */
    CHECK_STRING(target(NETWORK, "\\\\server\\share", "gr\xf6\xdf" "e"), "(none)");
    CHECK_STRING(target(NETWORK | WIDE, "\\\\server\\share", "gr\xf6\xdf" "e"), "\\\\server\\share\\gr\xc3\xb6\xc3\x9f" "e");
}

static void test_names(void)
{
    CHECK(csc_is_link_name("a.lnk"));
    CHECK(csc_is_link_name("A.B.LNK"));
    CHECK(!csc_is_link_name(".lnk"));
    CHECK(!csc_is_link_name("lnk"));
    CHECK(!csc_is_link_name("a.lnk "));
    CHECK(!csc_is_link_name("a.link"));
}

/* Cut at each length, each byte changed in many ways, offsets pointing anywhere: never read outside (sanitizers tell),
 * and what comes out is a path. */
static void try_it(const struct link *link, size_t size)
{
    unsigned char *exact = malloc(size ? size : 1);
    struct csc_path parsed;
    csc_status status;
    char *path;

    memcpy(exact, link->data, size);
    status = csc_link_target(exact, size, &path);
    if (CHECK(status == CSC_OK || status == CSC_FALSE) && status == CSC_OK)
    {
        if (CHECK_STATUS(csc_path_parse(path, &parsed), CSC_OK)) csc_path_free(&parsed);
        free(path);
    }
    free(exact);
}

static void test_damage(void)
{
    static const unsigned kinds[] = { NETWORK, NETWORK | WIDE | ID_LIST, LOCAL | NETWORK | WIDE, LOCAL | ID_LIST };
    static const uint32_t values[] = { 0, 1, 2, 0x13, 0x14, 0x1b, 0x1c, 0x24, 0x7f, 0xff, 0x7fffffff, 0x80000000,
                                       0xfffffffe, 0xffffffff };
    struct link link, broken;
    uint32_t seed = 12345;
    size_t kind, i, v;
    int round;

    for (kind = 0; kind < 4; kind++)
    {
        make_link(&link, kinds[kind], "\\\\server\\share", "dir\\file");
        for (i = 0; i <= link.size; i++) try_it(&link, i);
        for (i = 0; i < link.size; i++)
            for (v = 0; v < sizeof(values) / sizeof(values[0]); v++)
            {
                broken = link;
                put(&broken, i, values[v], i + 4 <= link.size ? 4 : 1);
                try_it(&broken, link.size);
            }
        for (round = 0; round < 20000; round++)
        {
            broken = link;
            for (i = 0; i < 4; i++)
            {
                seed = seed * 1664525 + 1013904223;
                broken.data[20 + (seed >> 8) % (link.size - 20)] = (unsigned char)(seed >> 24);
            }
            try_it(&broken, link.size);
        }
    }
}

/* -- pinning -- */

static void write_link(const char *base, const char *below, const char *share, const char *suffix)
{
    struct link link;
    char path[1200];
    FILE *file;

    make_link(&link, NETWORK | WIDE | ID_LIST, share, suffix);
    if (!(file = fopen(fixture_path(path, base, below), "wb")) || fwrite(link.data, link.size, 1, file) != 1) perror(path);
    if (file) fclose(file);
    fixture_touch(base, below, 1000000000);
}

/* Two shares; links from one to the other, to each other, to a directory, to nothing. */
static void make_files(struct fixture *f, char second[700])
{
    world_make(f);
    snprintf(second, 700, "%s/second", f->folder);
    mkdir(second, 0777);
    CHECK_STATUS(csc_map(f->engine, "\\\\server\\other", second, 0), CSC_OK);
    fixture_mkdir(f->origin, "links");
    fixture_mkdir(f->origin, "targets/dir");
    origin_write(f, "targets/here", "here");
    origin_write(f, "targets/dir/inside", "inside");
    fixture_mkdir(second, "far");
    fixture_write(second, "far/away", "away");
    fixture_touch(second, "far/away", 1000000000);
    write_link(f->origin, "links/here.lnk", "\\\\SERVER\\share", "targets\\here");
    write_link(f->origin, "links/away.LNK", "\\\\server\\other", "far\\away");
    write_link(f->origin, "links/dir.lnk", SHARE, "targets\\dir");
    write_link(f->origin, "links/gone.lnk", SHARE, "targets\\nothing");
    write_link(f->origin, "links/unmapped.lnk", "\\\\server\\unmapped", "x");
    write_link(f->origin, "links/round.lnk", SHARE, "links\\trip.lnk");
    write_link(f->origin, "links/trip.lnk", SHARE, "links\\round.lnk");
    origin_write(f, "links/broken.lnk", "this is not a link");
}

static void test_pin(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS, .deep = 1 };
    struct fixture f;
    char second[700];

    make_files(&f, second);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL, SHARE "\\links"), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\targets"));

    /* links that are pinned already count, too: the caller wants their targets */
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_FILL | PIN_LINKS, SHARE "\\links"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\targets\\here"), CSC_PIN_USER);
    CHECK_STRING(fixture_read(tree_of(&f), "targets/here"), "here");
    CHECK_STATUS(client_result(&client, SHARE "\\targets\\here"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\targets"), 0);
    CHECK_INT(pin_of(&f, "\\\\server\\other\\far\\away"), CSC_PIN_USER);
    CHECK_INT(pin_of(&f, "\\\\server\\other"), 0);
    CHECK(!is_cached(&f, SHARE "\\targets\\dir"));
    CHECK_INT(pin_of(&f, SHARE "\\links\\trip.lnk"), CSC_PIN_USER);
    client_free(&client);
    fixture_destroy(&f);
}

/* A link that is named alone: its own outcome is the operation's, and its target follows. */
static void test_pin_one(void)
{
    struct client client = { .ask = CSC_OP_ASK_ITEMS };
    struct fixture f;
    char second[700];

    make_files(&f, second);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, OFFLINEFILES_PIN_CONTROL_FLAG_FORALL | PIN_LINKS,
                            SHARE "\\links\\round.lnk"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\links\\round.lnk"), CSC_PIN_COMPUTER);
    CHECK_INT(pin_of(&f, SHARE "\\links\\trip.lnk"), CSC_PIN_COMPUTER);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_USER | PIN_LINKS, SHARE "\\links\\gone.lnk"), CSC_OK);
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_USER | PIN_LINKS, SHARE "\\links\\dir.lnk"), CSC_OK);
    CHECK(!is_cached(&f, SHARE "\\targets"));
    CHECK_STATUS(client_one(&f, &client, CSC_OP_PIN, PIN_USER | PIN_LINKS, SHARE "\\links\\none.lnk"), CSC_E_NOT_FOUND);
    client_free(&client);
    fixture_destroy(&f);
}

static void test_sync(void)
{
    struct fixture f;
    char second[700];

    make_files(&f, second);
    /* pinned as a directory only: what is in it follows with the next synchronization */
    CHECK_STATUS(fixture_run(&f, CSC_OP_PIN, PIN_USER, 0, SHARE "\\links"), CSC_OK);
    CHECK_STATUS(fixture_run(&f, CSC_OP_SYNC, SYNC_IN | SYNC_LINKS, 0, SHARE "\\links"), CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\links\\here.lnk"), CSC_PIN_USER);
    CHECK_INT(pin_of(&f, SHARE "\\targets\\here"), CSC_PIN_USER);
    CHECK_STRING(fixture_read(tree_of(&f), "targets/here"), "here");
    CHECK_INT(pin_of(&f, "\\\\server\\other\\far\\away"), CSC_PIN_USER);
    CHECK(!is_cached(&f, SHARE "\\targets\\dir"));

    /* a new link, without PINNEWFILES the flag means nothing */
    origin_write(&f, "targets/new", "new");
    write_link(f.origin, "links/new.lnk", SHARE, "targets\\new");
    CHECK_STATUS(fixture_run(&f, CSC_OP_SYNC, SYNC_IN | OFFLINEFILES_SYNC_CONTROL_FLAG_PINLINKTARGETS, 0, SHARE "\\links"),
                 CSC_OK);
    CHECK(is_cached(&f, SHARE "\\links\\new.lnk"));
    CHECK(!is_cached(&f, SHARE "\\targets\\new"));
    origin_write(&f, "targets/newer", "newer");
    write_link(f.origin, "links/newer.lnk", SHARE, "targets\\newer");
    CHECK_STATUS(fixture_run(&f, CSC_OP_SYNC, SYNC_IN | SYNC_LINKS | OFFLINEFILES_SYNC_CONTROL_FLAG_PINFORALL, 0, SHARE),
                 CSC_OK);
    CHECK_INT(pin_of(&f, SHARE "\\targets\\newer"), CSC_PIN_USER | CSC_PIN_COMPUTER);
    CHECK_STRING(fixture_read(tree_of(&f), "targets/newer"), "newer");
    fixture_destroy(&f);
}

int main(void)
{
    RUN(test_targets);
    RUN(test_names);
    RUN(test_damage);
    RUN(test_pin);
    RUN(test_pin_one);
    RUN(test_sync);
    return test_report();
}
