/*
 * What the store keeps beside its items, against what the items say
 *
 * Copyright 2026 the Offline Files for Wine authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifndef CSC_TESTS_SUMS_H
#define CSC_TESTS_SUMS_H

#include <sqlite3.h>

/* How many lines differ, of the table usage and of own_pin; -1: the question failed. */
static inline int sums_differ(sqlite3 *db)
{
    static const char sql[] =
        "WITH expected AS (SELECT scope.id AS scope, count(item.id) AS items, coalesce(sum((pin & 15) <> 0), 0) AS pinned, "
        "  coalesce(sum(type = 0 AND (flags & 1) <> 0 AND ((flags & 64) = 0 OR (pin & 15) <> 0)), 0) AS sparse, "
        "  coalesce(sum(CASE WHEN type = 0 AND (flags & 1) = 0 THEN l_size ELSE 0 END), 0) AS bytes, "
        "  coalesce(sum(CASE WHEN type = 0 AND (flags & 1) = 0 AND (pin & 15) = 0 THEN l_size ELSE 0 END), 0) AS unpinned "
        "  FROM scope LEFT JOIN item ON item.scope = scope.id AND type <> 2 GROUP BY scope.id), "
        "own AS (SELECT item.id AS item FROM item LEFT JOIN item AS above ON above.id = item.parent WHERE "
        "  (item.flags & 32) <> 0 OR "
        "  item.pin <> ((coalesce(above.pin, 0) >> 4) & 15) * CASE item.type WHEN 0 THEN 1 ELSE 17 END) "
        "SELECT (SELECT count(*) FROM (SELECT * FROM expected EXCEPT SELECT * FROM usage)) + "
        "  (SELECT count(*) FROM (SELECT * FROM usage EXCEPT SELECT * FROM expected)) + "
        "  (SELECT count(*) FROM (SELECT item FROM own EXCEPT SELECT item FROM own_pin)) + "
        "  (SELECT count(*) FROM (SELECT item FROM own_pin EXCEPT SELECT item FROM own))";
    sqlite3_stmt *statement = NULL;
    int differ = -1;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        differ = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return differ;
}

#endif
