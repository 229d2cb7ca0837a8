/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source: pprof driver isLocalhost; differs: all of 127.0.0.0/8, and the rules beyond peers.
 */
#include "web/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool cpa_web_host_is_local(const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]", "::1"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(host, names[i]) == 0) {
            return true;
        }
    }
    struct in_addr address;
    return inet_pton(AF_INET, host, &address) == 1 && (ntohl(address.s_addr) >> 24) == 127;
}

bool cpa_web_peer_is_local(const struct sockaddr *address)
{
    if (address == NULL) {
        return false;
    }
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)address;
        return (ntohl(in->sin_addr.s_addr) >> 24) == 127;
    }
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *in6 =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        return IN6_IS_ADDR_LOOPBACK(in6) || (IN6_IS_ADDR_V4MAPPED(in6) && in6->s6_addr[12] == 127);
    }
    return false;
}

/* The name in "name", "name:port", "[address]:port", without brackets; NULL if malformed. */
static char *host_name(const char *header)
{
    const char *end = NULL;
    const char *begin = header;
    if (*begin == '[') {
        begin++;
        end = strchr(begin, ']');
    } else {
        end = begin + strcspn(begin, ":");
    }
    if (end == NULL || end == begin) {
        return NULL;
    }
    const char *port = end + (*end == ']');
    if (*port == ':') {
        port++;
        port += strspn(port, "0123456789");
    }
    if (*port != '\0') {
        return NULL;
    }
    size_t n = (size_t)(end - begin);
    n -= n > 1 && begin[n - 1] == '.' ? 1 : 0;
    return g_strndup(begin, n);
}

static bool is_address(const char *name)
{
    struct in6_addr address;
    return inet_pton(AF_INET, name, &address) == 1 || inet_pton(AF_INET6, name, &address) == 1;
}

/* "box" and "box.example.org" are both the machine that calls itself either. */
static bool is_this_machine(const char *name)
{
    char own[256] = "";
    if (gethostname(own, sizeof own - 1) != 0 || own[0] == '\0') {
        return false;
    }
    size_t n = strcspn(own, ".");
    return g_ascii_strcasecmp(name, own) == 0 ||
           (strlen(name) == n && g_ascii_strncasecmp(name, own, n) == 0);
}

bool cpa_web_host_allowed(const char *header, const char *host, bool is_open)
{
    if (header == NULL) {
        return false;
    }
    g_autofree char *name = host_name(header);
    if (name == NULL) {
        return false;
    }
    if (is_open || cpa_web_host_is_local(name)) {
        return true;
    }
    return !cpa_web_host_is_local(host) &&
           (is_address(name) || g_ascii_strcasecmp(name, host) == 0 || is_this_machine(name));
}

bool cpa_web_origin_allowed(const char *site, const char *origin, const char *host)
{
    if (site != NULL && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0) {
        return false;
    }
    if (origin == NULL) {
        return true;
    }
    const char *rest = strstr(origin, "://");
    return host != NULL && rest != NULL && g_ascii_strcasecmp(rest + 3, host) == 0;
}

bool cpa_web_token_equal(const char *token, const char *given)
{
    size_t n_token = strlen(token);
    size_t n_given = strlen(given);
    unsigned differs = n_token != n_given;
    for (size_t i = 0; i < n_given; i++) {
        differs |= (unsigned char)given[i] ^ (unsigned char)token[n_token > 0 ? i % n_token : 0];
    }
    return differs == 0 && n_token > 0;
}

char *cpa_web_cookie_get(const char *header, const char *name)
{
    size_t n_name = strlen(name);
    for (const char *p = header; p != NULL && *p != '\0';) {
        p += strspn(p, " ;");
        size_t n = strcspn(p, ";");
        if (n > n_name && strncmp(p, name, n_name) == 0 && p[n_name] == '=') {
            return g_strndup(p + n_name + 1, n - n_name - 1);
        }
        p += n;
    }
    return NULL;
}
