// Owns faults of disk and clock for one process under test: loaded before libc, it answers for the calls below.
// Never part of what is shipped, and never touches a file outside FAULT_UNDER. Read `bad_input.rs` next.
//
//   FAULT_UNDER    the folder whose files fail
//   FAULT_ERRNO    a file that holds the error number of the fault; no file, no fault
//   FAULT_SECONDS  what the wall clock is off by
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

// The fault of now, or 0.
static int fault(void) {
  static int (*real_open)(const char *, int, ...);
  if (!real_open) real_open = dlsym(RTLD_NEXT, "open");
  const char *path = getenv("FAULT_ERRNO");
  int file = path ? real_open(path, O_RDONLY) : -1;
  if (file < 0) return 0;
  char text[16] = {0};
  ssize_t got = read(file, text, sizeof text - 1);
  close(file);
  return got > 0 ? atoi(text) : 0;
}

static int is_under(const char *path) {
  const char *under = getenv("FAULT_UNDER");
  return under && path && strncmp(path, under, strlen(under)) == 0;
}

static int is_under_fd(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_under(path);
}

// Sets errno and says so when a write to this file must fail.
static int refuses(int fd) {
  int error = is_under_fd(fd) ? fault() : 0;
  if (error) errno = error;
  return error;
}

#define WRITES(name, result, parameters, arguments)                                      \
  result name parameters {                                                               \
    static result(*real) parameters;                                                     \
    if (!real) real = dlsym(RTLD_NEXT, #name);                                           \
    return refuses(fd) ? -1 : real arguments;                                            \
  }

WRITES(write, ssize_t, (int fd, const void *bytes, size_t count), (fd, bytes, count))
WRITES(pwrite, ssize_t, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at))
WRITES(pwrite64, ssize_t, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at))
WRITES(writev, ssize_t, (int fd, const struct iovec *runs, int count), (fd, runs, count))

// On a disk that is read-only nothing can be opened for writing; on a full one it can, if it is there.
static int refuses_open(const char *path, int flags) {
  if (!(flags & (O_WRONLY | O_RDWR | O_CREAT)) || !is_under(path)) return 0;
  int error = fault();
  int makes = (flags & O_CREAT) && access(path, F_OK) != 0;
  if (error != EROFS && !(error && makes)) return 0;
  errno = error;
  return error;
}

#define OPENS(name)                                                                      \
  int name(const char *path, int flags, ...) {                                           \
    static int (*real)(const char *, int, ...);                                          \
    if (!real) real = dlsym(RTLD_NEXT, #name);                                           \
    va_list more;                                                                        \
    va_start(more, flags);                                                               \
    mode_t mode = (flags & (O_CREAT | __O_TMPFILE)) ? va_arg(more, mode_t) : 0;          \
    va_end(more);                                                                        \
    return refuses_open(path, flags) ? -1 : real(path, flags, mode);                     \
  }

OPENS(open)
OPENS(open64)

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int done = real(clock, now);
  const char *off = getenv("FAULT_SECONDS");
  if (done == 0 && clock == CLOCK_REALTIME && off) now->tv_sec += atol(off);
  return done;
}
