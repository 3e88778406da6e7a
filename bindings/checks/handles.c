/* SPDX-License-Identifier: MIT
 * With HONE_CHECK_HANDLES=1 the use of a handle after its end is refused, not undefined.
 */
#include <hone.h>
#include <stdio.h>
#include <string.h>

static int failures = 0;

static void expect(int condition, const char *what) {
  if (condition) return;
  fprintf(stderr, "handles: %s; last error: %s\n", what, hone_last_error());
  failures++;
}

int main(int argc, char **argv) {
  hone_model *model = NULL, *view = NULL;
  if (argc != 2) return 2;
  expect(hone_model_load(argv[1], &model) == HONE_SUCCESS, "a model loads");
  expect(hone_model_view(model, &view) == HONE_SUCCESS, "a view is made");
  hone_model_free(model);
  expect(hone_model_set_thread_count(model, 1) == HONE_INVALID_ARGUMENT, "a freed handle is refused");
  expect(strstr(hone_last_error(), "has not been freed") != NULL, "the message says so");
  hone_model_free(model);
  expect(hone_model_layer_count(view) > 0, "the view lives on");
  hone_model_free(view);
  hone_model_free(NULL);
  expect(hone_model_layer_count((hone_model *)argv[1]) == -1, "a string is no handle");
  return failures != 0;
}
