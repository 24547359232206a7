#define _GNU_SOURCE
#include "CPretendPort.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_int pretending;

void mien_pretend_ports(int on) { pretending = on; }

static const char *stand_in(const char *path) {
    if (!pretending || strncmp(path, "/sys/class/tty/pts/", 19) != 0) return path;
    // A folder below the port means its USB device, which the stand-in has not got either.
    return strchr(path + 19, '/') == NULL ? "/sys/class/tty/tty0" : path;
}

int lstat(const char *path, struct stat *status) {
    return (int)syscall(SYS_newfstatat, AT_FDCWD, stand_in(path), status, AT_SYMLINK_NOFOLLOW);
}

// What Debian 12's libserialport calls.
int __lxstat(int version, const char *path, struct stat *status) {
    (void)version;
    return lstat(path, status);
}

ssize_t readlink(const char *path, char *buffer, size_t size) {
    return syscall(SYS_readlink, stand_in(path), buffer, size);
}

int ioctl(int descriptor, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (pretending && request == TIOCMGET && isatty(descriptor)) {
        *(int *)argument = TIOCM_CTS | TIOCM_DSR | TIOCM_CAR;
        return 0;
    }
    if (pretending && (request == TIOCMSET || request == TIOCMBIS || request == TIOCMBIC) && isatty(descriptor)) {
        return 0;
    }
    return (int)syscall(SYS_ioctl, descriptor, request, argument);
}
