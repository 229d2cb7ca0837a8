/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handlers that routes.def names. Each answers one kind of address; doc/web-api.md says how.
 */
#pragma once

#include "web/route.h"

#define CPA_WEB_HANDLER(name) \
    bool name(const CpaWebRequest *request, CpaWebReply *reply, GError **error)

/* pages.c */
CPA_WEB_HANDLER(cpa_web_to_ui);
CPA_WEB_HANDLER(cpa_web_to_ui_moved);
CPA_WEB_HANDLER(cpa_web_to_flamegraph);
CPA_WEB_HANDLER(cpa_web_page);
CPA_WEB_HANDLER(cpa_web_static);
CPA_WEB_HANDLER(cpa_web_favicon);

/* profile.c, flamegraph.c, callgraph.c, top.c */
CPA_WEB_HANDLER(cpa_web_profile);
CPA_WEB_HANDLER(cpa_web_flamegraph);
CPA_WEB_HANDLER(cpa_web_sandwich);
CPA_WEB_HANDLER(cpa_web_search);
CPA_WEB_HANDLER(cpa_web_graph);
CPA_WEB_HANDLER(cpa_web_top);

/* tables.c */
CPA_WEB_HANDLER(cpa_web_peek);
CPA_WEB_HANDLER(cpa_web_tags);
CPA_WEB_HANDLER(cpa_web_diff);
CPA_WEB_HANDLER(cpa_web_source);
CPA_WEB_HANDLER(cpa_web_disasm);

/* download.c */
CPA_WEB_HANDLER(cpa_web_download);
CPA_WEB_HANDLER(cpa_web_download_all);

/* configs.c */
CPA_WEB_HANDLER(cpa_web_save_config);
CPA_WEB_HANDLER(cpa_web_delete_config);
