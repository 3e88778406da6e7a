#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CHoneShims.h"

struct job {
  void (*body)(void *);
  void *context;
  int32_t alone, result;
};

/// Gives the calling thread descriptors of its own, of which 1 and 2 lead nowhere.
static int silence(void) {
#if defined(__linux__)
  if (unshare(CLONE_FS | CLONE_FILES) != 0) return 0;
  int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return 0;
  // A process may have closed 1 or 2: what is opened later must not take their places.
  int done = dup2(nowhere, 1) == 1 && dup2(nowhere, 2) == 2;
  if (nowhere > 2) close(nowhere);
  return done;
#else
  return 0;
#endif
}

/// Enters a new folder; `path` becomes its name.
static int enter_folder(char *path, size_t size) {
  const char *parent = getenv("TMPDIR");
  if (parent == NULL || parent[0] != '/') parent = "/tmp";
  int length = snprintf(path, size, "%s/hone-XXXXXX", parent);
  if (length < 0 || (size_t)length >= size || mkdtemp(path) == NULL) return 0;
  if (chdir(path) == 0) return 1;
  rmdir(path);
  return 0;
}

static void remove_folder(const char *path) {
  DIR *folder = opendir(".");
  if (folder != NULL) {
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
      if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
        unlink(entry->d_name);
    }
    closedir(folder);
  }
  rmdir(path);
}

static void *run(void *argument) {
  struct job *job = argument;
  char path[4096];
  int alone = silence() && enter_folder(path, sizeof path);
  job->result = alone ? HONESHIM_APART_ALONE : HONESHIM_APART_SHARED;
  if (alone || !job->alone) job->body(job->context);
  if (alone) remove_folder(path);
  return NULL;
}

int32_t honeshim_run_apart(void (*body)(void *context), void *context, int32_t alone) {
  struct job job = {body, context, alone, HONESHIM_APART_NO_THREAD};
  // Fortran keeps arrays on the stack. Pages that are not touched cost nothing but addresses, of
  // which limits may leave too few: then less must do.
  static const size_t sizes[] = {(size_t)1 << 30, (size_t)1 << 28, (size_t)1 << 26};
  // The host's signals are for the host's threads.
  sigset_t all, before;
  sigfillset(&all);
  // Those of a fault stay: blocked, they would end the process without the host's handler.
  sigdelset(&all, SIGSEGV);
  sigdelset(&all, SIGBUS);
  sigdelset(&all, SIGFPE);
  sigdelset(&all, SIGILL);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int made = 0;
  for (size_t index = 0; index < sizeof sizes / sizeof *sizes && !made; index++) {
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) break;
    made = pthread_attr_setstacksize(&attributes, sizes[index]) == 0 &&
           pthread_create(&thread, &attributes, run, &job) == 0;
    pthread_attr_destroy(&attributes);
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (made) pthread_join(thread, NULL);
  return job.result;
}
