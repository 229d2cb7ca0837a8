/* SPDX-License-Identifier: Apache-2.0 */
#include "web/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024

static bool cannot_split(const char *text, const char *why, GError **error)
{
    return cpa_error_set(error, CPA_ERROR_USAGE,
                         "could not split http address: address %s: %s; "
                         "-http takes [host]:[port], such as :8080",
                         text, why);
}

static bool parse_port(const char *text, int *port, GError **error)
{
    char *end = NULL;
    *port = 0;
    if (*text == '\0') {
        return true;
    }
    guint64 number = g_ascii_strtoull(text, &end, 10);
    if (!g_ascii_isdigit(*text) || *end != '\0' || number > 65535) {
        return cpa_error_set(error, CPA_ERROR_USAGE,
                             "invalid port number: \"%s\" is not between 0 and 65535", text);
    }
    *port = (int)number;
    return true;
}

bool cpa_web_address_parse(CpaWebAddress *address, const char *text, GError **error)
{
    const char *colon = strrchr(text, ':');
    const char *host = text;
    *address = (CpaWebAddress){0};
    if (colon == NULL) {
        return cannot_split(text, "missing port in address", error);
    }
    size_t n = (size_t)(colon - text);
    if (*text == '[') {
        const char *end = strchr(text, ']');
        if (end == NULL) {
            return cannot_split(text, "missing ']' in address", error);
        }
        if (end[1] != ':' || end + 1 != colon) {
            return cannot_split(text,
                                end[1] == '\0' || colon < end ? "missing port in address"
                                                              : "too many colons in address",
                                error);
        }
        host = text + 1;
        n -= 2;
    } else if (memchr(text, ':', n) != NULL) {
        return cannot_split(text, "too many colons in address", error);
    }
    if (!parse_port(colon + 1, &address->port, error)) {
        return false;
    }
    address->host = n == 0 ? g_strdup("localhost") : g_strndup(host, n);
    return true;
}

void cpa_web_address_clear(CpaWebAddress *address)
{
    g_clear_pointer(&address->host, g_free);
}

char *cpa_web_address_url(const CpaWebAddress *address)
{
    bool brackets = strchr(address->host, ':') != NULL;
    return g_strdup_printf("http://%s%s%s:%d", brackets ? "[" : "", address->host,
                           brackets ? "]" : "", address->port);
}

static int open_socket(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, info->ai_socktype, info->ai_protocol);
    if (fd < 0) {
        return -1;
    }
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
        bind(fd, info->ai_addr, info->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t n = sizeof address;
    if (getsockname(fd, (struct sockaddr *)(void *)&address, &n) < 0) {
        return 0;
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(((const struct sockaddr_in6 *)(const void *)&address)->sin6_port);
    }
    return ntohs(((const struct sockaddr_in *)(const void *)&address)->sin_port);
}

int cpa_web_listen(CpaWebAddress *address, GError **error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *list = NULL;
    char port[16];
    g_snprintf(port, sizeof port, "%d", address->port);
    int rc = getaddrinfo(address->host, port, &hints, &list);
    if (rc != 0) {
        cpa_error_set(error, CPA_ERROR_NETWORK, "-http: %s: %s", address->host, gai_strerror(rc));
        return -1;
    }
    int fd = -1;
    int failure = 0;
    for (int pass = 0; pass < 2 && fd < 0; pass++) {
        for (const struct addrinfo *info = list; info != NULL && fd < 0; info = info->ai_next) {
            if ((info->ai_family == AF_INET) == (pass == 0)) {
                fd = open_socket(info);
                failure = fd < 0 && (failure == 0 || pass == 0) ? errno : failure;
            }
        }
    }
    freeaddrinfo(list);
    if (fd < 0) {
        cpa_error_set(error, CPA_ERROR_NETWORK, "-http: listen on %s:%d: %s%s", address->host,
                      address->port, g_strerror(failure),
                      failure == EADDRINUSE ? "; another port may be free, -http=: takes any" : "");
        return -1;
    }
    address->port = port_of(fd);
    return fd;
}
