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
  hone_workspace *workspace = NULL, *other = NULL;
  hone_potential *potential = NULL;
  double energy;
  if (argc != 2) return 2;
  expect(hone_model_load(argv[1], &model) == HONE_SUCCESS, "a model loads");
  expect(hone_model_view(model, &view) == HONE_SUCCESS, "a view is made");
  hone_model_free(model);
  expect(hone_model_set_thread_count(model, 1) == HONE_INVALID_ARGUMENT, "a freed handle is refused");
  expect(strstr(hone_last_error(), "has not been freed") != NULL, "the message says so");
  hone_model_free(model);
  expect(hone_model_layer_count(view) > 0, "the view lives on");
  expect(hone_workspace_new(model, &workspace) == HONE_INVALID_ARGUMENT && workspace == NULL,
         "a freed model makes no workspace");
  expect(hone_workspace_new(view, &workspace) == HONE_SUCCESS, "a workspace is made");
  expect(hone_workspace_new(view, &other) == HONE_SUCCESS, "and another one");
  expect(hone_model_layer_count((hone_model *)workspace) == -1, "a workspace is no model");
  expect(hone_workspace_set_skin((hone_workspace *)view, 1) == HONE_INVALID_ARGUMENT,
         "a model is no workspace");
  hone_workspace_free(workspace);
  expect(hone_workspace_set_skin(workspace, 1) == HONE_INVALID_ARGUMENT, "a freed one is refused");
  expect(strstr(hone_last_error(), "workspace must be a handle") != NULL, "and named");
  expect(hone_workspace_compute(workspace, 0, NULL, NULL, NULL, NULL, &energy, NULL, NULL, NULL,
                                NULL) == HONE_INVALID_ARGUMENT,
         "and does not compute");
  expect(*hone_workspace_fallback(workspace) == '\0', "and has nothing to tell");
  hone_workspace_free(workspace);
  expect(hone_workspace_compute(other, 0, NULL, NULL, NULL, NULL, &energy, NULL, NULL, NULL, NULL) ==
             HONE_SUCCESS && energy == 0,
         "the other one lives on");
  hone_workspace_free(other);
  hone_workspace_free(NULL);
  expect(hone_potential_new("lj", &potential) == HONE_SUCCESS, "a potential is made");
  expect(hone_model_layer_count((hone_model *)potential) == -1, "a potential is no model");
  hone_potential_free(potential);
  expect(hone_potential_compute(potential, NULL, &energy, NULL, NULL) == HONE_INVALID_ARGUMENT,
         "a freed potential is refused");
  expect(strstr(hone_last_error(), "potential must be a handle") != NULL, "and named");
  hone_potential_free(potential);
  hone_model_free(view);
  hone_model_free(NULL);
  expect(hone_model_layer_count((hone_model *)argv[1]) == -1, "a string is no handle");
  return failures != 0;
}
