/*
 * The simulation: statements of a database whose tables are known are prepared when they are needed
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * A store that opens prepares all its statements, to learn whether the tables are what they expect.  With tables that are
 * the same to the letter as those of an earlier store of this process, the answer is known; it costs more than the rest
 * of a short history.  No call of the file system depends on it: SQLite has read the tables before.
 */

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "sim_private.h"
#include "store_private.h"

static char *known;              /* the tables of the last store whose statements all could be prepared */

/* All of sqlite_schema as text, allocated; NULL: cannot be read. */
static char *read_schema(sqlite3 *db)
{
    static const char sql[] = "SELECT group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || rootpage || ' ' || "
                              "coalesce(sql, ''), char(10)) FROM sqlite_schema";
    sqlite3_stmt *statement = NULL;
    char *text = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW
        && sqlite3_column_text(statement, 0))
        text = sim_strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
}

csc_status __real_csc_sql_prepare_all(struct csc_store *store);
csc_status __wrap_csc_sql_prepare_all(struct csc_store *store);

csc_status __wrap_csc_sql_prepare_all(struct csc_store *store)
{
    char *schema = sim_active ? read_schema(store->db) : NULL;
    csc_status status = CSC_OK;

    if (!schema || !known || strcmp(schema, known)) status = __real_csc_sql_prepare_all(store);
    if (!schema || status)
    {
        free(schema);
        return status;
    }
    free(known);
    known = schema;
    return CSC_OK;
}
