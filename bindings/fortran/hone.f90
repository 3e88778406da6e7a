! SPDX-License-Identifier: MIT
!> hone for Fortran 2018: the functions of hone.h as methods of a derived type.
!>
!> Arrays have Fortran's order, which in memory is C's reversed: positions(3, n_atoms) in Å,
!> cell(3, 3) with the cell vectors as columns, forces(3, n_atoms) in eV/Å, virial(3, 3) in eV,
!> atom_virials(3, 3, n_atoms). Indices in messages count from 0.
!>
!> Every routine that can fail has the optional arguments `status` (an integer, hone_success or
!> another constant) and `message` (text of any length, set after a failure, as Fortran's errmsg is).
!> Without `status` a failure ends the program with the message.
!> Models, workspaces, data sets, trainers and potentials free themselves when they go out of scope; none of them
!> must be copied: for a model there is `view`.
module hone
   use, intrinsic :: iso_c_binding, only : c_associated, c_char, c_double, c_f_pointer, c_funloc, &
      c_funptr, c_int32_t, c_int64_t, c_loc, c_null_char, c_null_funptr, c_null_ptr, c_ptr, c_size_t, c_sizeof
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, int64, real64
   implicit none
   private

   public :: hone_model, hone_workspace, hone_domain, hone_exchange, hone_version, hone_last_error
   public :: hone_dataset, hone_trainer, hone_errors, hone_training_progress, hone_training_observer
   public :: hone_diagnosis, hone_standing
   public :: hone_potential, hone_prior, hone_structure
   public :: hone_radius_choice, hone_refinement, hone_refinement_observer, hone_refinement_progress

   integer(int32), parameter, public :: hone_success = 0
   integer(int32), parameter, public :: hone_invalid_argument = 1
   integer(int32), parameter, public :: hone_io_error = 2
   integer(int32), parameter, public :: hone_format_error = 3
   integer(int32), parameter, public :: hone_unsupported = 4
   integer(int32), parameter, public :: hone_unknown_species = 5
   integer(int32), parameter, public :: hone_callback_error = 6
   integer(int32), parameter, public :: hone_not_converged = 7
   integer(int32), parameter, public :: hone_out_of_memory = 8
   integer(int32), parameter, public :: hone_cancelled = 9
   integer(int32), parameter, public :: hone_internal_error = 255

   integer(int32), parameter, public :: hone_float32 = 0
   integer(int32), parameter, public :: hone_float64 = 1

   integer(int32), parameter, public :: hone_evaluator_automatic = 0
   integer(int32), parameter, public :: hone_evaluator_reference = 1

   !> What a domain's quantities are sums of.
   integer(c_int32_t), parameter, public :: hone_energy = 1
   integer(c_int32_t), parameter, public :: hone_forces = 2
   integer(c_int32_t), parameter, public :: hone_virial = 4
   integer(c_int32_t), parameter, public :: hone_atom_energies = 8
   integer(c_int32_t), parameter, public :: hone_atom_virials = 16

   !> The directions of an exchange.
   integer(c_int32_t), parameter, public :: hone_exchange_forward = 0
   integer(c_int32_t), parameter, public :: hone_exchange_reverse = 1

   !> Why a refined radius is what it is; hone.h says what they mean.
   integer(c_int32_t), parameter, public :: hone_radius_refined = 0
   integer(c_int32_t), parameter, public :: hone_radius_not_shifted = 1
   integer(c_int32_t), parameter, public :: hone_radius_no_improvement = 2
   integer(c_int32_t), parameter, public :: hone_radius_no_reference = 3
   integer(c_int32_t), parameter, public :: hone_radius_beyond_training = 4
   integer(c_int32_t), parameter, public :: hone_radius_given = 5

   !> What a refinement of weights is doing.
   integer(c_int32_t), parameter, public :: hone_refinement_labels = 0
   integer(c_int32_t), parameter, public :: hone_refinement_dynamics = 1
   integer(c_int32_t), parameter, public :: hone_refinement_steps = 2

   !> A force field: a handle on shared weights with settings of its own.
   type :: hone_model
      private
      type(c_ptr) :: handle = c_null_ptr
   contains
      procedure :: load
      procedure :: save => save_model
      procedure :: view
      procedure :: free
      procedure :: set_precision
      procedure :: set_thread_count
      procedure :: set_head
      procedure :: set_evaluator
      procedure :: set_table_tolerance
      procedure :: table_error
      procedure :: fallback
      procedure :: cutoff
      procedure :: layer_count
      procedure :: exchange_width
      procedure :: parameter_count
      procedure :: species
      procedure :: head_count
      procedure :: head_name
      procedure :: description
      procedure :: compute
      procedure :: compute_batch
      procedure :: compute_domain
      procedure :: evaluate => model_evaluate
      procedure :: fit_statistics => model_fit_statistics
      procedure :: diagnose => model_diagnose
      procedure :: refine_radius => model_refine_radius
      procedure :: refine_weights => model_refine_weights
      final :: finalize
   end type hone_model

   !> Memory and a list of neighbours for one thread that computes again and again.
   type :: hone_workspace
      private
      type(c_ptr) :: handle = c_null_ptr
   contains
      procedure :: make => workspace_make
      procedure :: free => workspace_free
      procedure :: set_skin => workspace_set_skin
      procedure :: fallback => workspace_fallback
      procedure :: compute => workspace_compute
      procedure :: compute_domain => workspace_compute_domain
      procedure :: set_diagnosis => workspace_set_diagnosis
      procedure :: descriptor_distances => workspace_descriptor_distances
      final :: workspace_finalize
   end type hone_workspace

   !> Structures with labels, to train on or to compare a model with.
   type :: hone_dataset
      private
      type(c_ptr) :: handle = c_null_ptr
   contains
      procedure :: make => dataset_make
      procedure :: free => dataset_free
      procedure :: add_file => dataset_add_file
      procedure :: add => dataset_add
      procedure :: count => dataset_count
      final :: dataset_finalize
   end type hone_dataset

   !> Errors of a model on a data set: eV per atom for energies and virials, eV/Å for forces, eV/Å^3
   !> for stresses; not a number where there are no labels.
   type, bind(c) :: hone_errors
      !> Set by whoever fills it
      integer(c_size_t) :: size = 0
      integer(c_int64_t) :: n_energies = 0, n_forces = 0, n_virials = 0
      real(c_double) :: energy_mae = 0, energy_rmse = 0, force_mae = 0, force_rmse = 0
      real(c_double) :: virial_mae = 0, virial_rmse = 0, stress_mae = 0, stress_rmse = 0
   end type hone_errors

   !> Where a number of a structure stands among those of the training structures; not a number where
   !> that is not known.
   type, bind(c) :: hone_standing
      real(c_double) :: value = 0, mean = 0, deviation = 0, quantile = 0
      integer(c_int32_t) :: is_shifted = 0, is_known = 0
   end type hone_standing

   !> How a structure differs from what a model was trained on; hone.h says what its members mean.
   type, bind(c) :: hone_diagnosis
      !> Set by whoever fills it
      integer(c_size_t) :: size = 0
      integer(c_int32_t) :: is_shifted = 0, is_known_combination = 0, is_within_sizes = 0
      integer(c_int32_t) :: n_unseen_species = 0, unseen_species(8) = 0
      type(hone_standing) :: atom_count, force_norm, connectivity
      real(c_double) :: largest_distance = 0
      !> From 0, as in hone.h; -1 where there is none
      integer(c_int64_t) :: farthest_atom = 0
   end type hone_diagnosis

   !> How a run of training stands; hone.h says what its members mean.
   type, bind(c) :: hone_training_progress
      !> Set by whoever fills it
      integer(c_size_t) :: size = 0
      integer(c_int64_t) :: epoch = 0, n_epochs = 0, step = 0, n_steps = 0, n_total_steps = 0
      real(c_double) :: loss = 0, learning_rate = 0, gradient_norm = 0, validation_loss = 0
      real(c_double) :: energy_mae = 0, energy_rmse = 0, force_mae = 0, force_rmse = 0
      integer(c_int32_t) :: is_best = 0, is_done = 0
   end type hone_training_progress

   !> A run of training.
   type :: hone_trainer
      private
      type(c_ptr) :: handle = c_null_ptr
   contains
      procedure :: make => trainer_make
      procedure :: free => trainer_free
      procedure :: step => trainer_step
      procedure :: run => trainer_run
      procedure :: progress => trainer_progress
      procedure :: evaluate => trainer_evaluate
      procedure :: model => trainer_model
      procedure :: save => trainer_save
      procedure :: restore => trainer_restore
      final :: trainer_finalize
   end type hone_trainer

   !> A cheap physical model that comes with the library.
   type :: hone_potential
      private
      type(c_ptr) :: handle = c_null_ptr
   contains
      procedure :: make => potential_make
      procedure :: free => potential_free
      procedure :: compute => potential_compute
      final :: potential_finalize
   end type hone_potential

   !> A radius for structures that a model was not trained on; hone.h says what its members mean.
   type, bind(c) :: hone_radius_choice
      !> Set by whoever fills it
      integer(c_size_t) :: size = 0
      !> In Å
      real(c_double) :: radius = 0, chosen_radius = 0, training_radius = 0
      !> hone_radius_refined or another constant
      integer(c_int32_t) :: reason = 0
      integer(c_int32_t) :: n_candidates = 0
      real(c_double) :: candidates(64) = 0, distances(64) = 0
   end type hone_radius_choice

   !> How a refinement of weights stands; hone.h says what its members mean.
   type, bind(c) :: hone_refinement_progress
      integer(c_size_t) :: size = 0
      !> hone_refinement_labels or another constant
      integer(c_int32_t) :: stage = 0
      integer(c_int64_t) :: done = 0, total = 0
      real(c_double) :: loss = 0
   end type hone_refinement_progress

   !> What a refinement of weights came to; hone.h says what its members mean.
   type, bind(c) :: hone_refinement
      !> Set by whoever fills it
      integer(c_size_t) :: size = 0
      integer(c_int64_t) :: n_steps = 0, chosen_step = 0
      integer(c_int64_t) :: n_structures = 0, n_held_out = 0, n_replay = 0, n_parameters = 0
      real(c_double) :: fraction = 0, prior_loss_before = 0, prior_loss_after = 0
      real(c_double) :: held_out_before = 0, held_out_after = 0
      real(c_double) :: force_error_before = 0, force_error_after = 0
      real(c_double) :: replay_force_change = 0, seconds = 0
      integer(c_int32_t) :: accepted = 0
   end type hone_refinement

   !> A structure as a prior gets it. Pointers are those of arrays in C's terms, for c_f_pointer.
   type, bind(c) :: hone_structure
      integer(c_size_t) :: size = 0
      integer(c_int64_t) :: n_atoms = 0
      !> (n_atoms), and (3, n_atoms) in Å
      type(c_ptr) :: atomic_numbers = c_null_ptr
      type(c_ptr) :: positions = c_null_ptr
      !> (3, 3), the cell vectors as columns in Å, or null
      type(c_ptr) :: cell = c_null_ptr
      !> (3), not zero where a cell vector is a period, or null
      type(c_ptr) :: periodic = c_null_ptr
      !> The total charge in e
      real(c_double) :: charge = 0
      !> 2S + 1; 0 = the lowest there is
      integer(c_int32_t) :: multiplicity = 0
   end type hone_structure

   !> The atoms of one process of a host that finds neighbours itself; hone.h says what its members
   !> mean. Pointers are c_loc of arrays in C's terms: indices count from 0, and members that are
   !> not needed stay as they are.
   type, bind(c) :: hone_domain
      !> Set by compute_domain
      integer(c_size_t) :: size = 0
      integer(c_int64_t) :: n_local = 0, n_ghost = 0
      !> (n_local + n_ghost), and (3, n_local + n_ghost) in Å
      type(c_ptr) :: atomic_numbers = c_null_ptr, positions = c_null_ptr
      integer(c_int64_t) :: n_centers = 0, n_ghost_centers = 0
      type(c_ptr) :: centers = c_null_ptr, neighbor_counts = c_null_ptr
      !> An array of pointers, one per atom
      type(c_ptr) :: neighbors = c_null_ptr
      integer(c_int32_t) :: neighbor_mask = 0
      !> (n_ghost)
      type(c_ptr) :: ghost_owners = c_null_ptr
      !> hone_energy + hone_forces + ...
      integer(c_int32_t) :: quantities = 0
      !> c_funloc of a function as hone_exchange describes
      type(c_funptr) :: exchange = c_null_funptr
      type(c_ptr) :: exchange_context = c_null_ptr
      !> (3, 3, n_ghost)
      type(c_ptr) :: ghost_virials = c_null_ptr
   end type hone_domain

   abstract interface
      !> Fills the ghosts' rows of values(width, n_local + n_ghost) from their owners', or adds them to
      !> these; zero when that went well.
      function hone_exchange(context, direction, width, values) result(status) bind(c)
         import :: c_double, c_int32_t, c_int64_t, c_ptr
         type(c_ptr), value :: context
         integer(c_int32_t), value :: direction
         integer(c_int64_t), value :: width
         real(c_double), intent(inout) :: values(width, *)
         integer(c_int32_t) :: status
      end function hone_exchange
      !> Watches a run of training; zero to go on, anything else to stop it.
      function hone_training_observer(context, progress) result(stop) bind(c)
         import :: c_int32_t, c_ptr, hone_training_progress
         type(c_ptr), value :: context
         type(hone_training_progress), intent(in) :: progress
         integer(c_int32_t) :: stop
      end function hone_training_observer
      !> Labels a structure with its energy in eV, forces in eV/Å and, unless that is absent, virial in
      !> eV; zero when that went well.
      function hone_prior(context, structure, energy, forces, virial) result(status) bind(c)
         import :: c_double, c_int32_t, c_ptr, hone_structure
         type(c_ptr), value :: context
         type(hone_structure), intent(in) :: structure
         real(c_double), intent(out) :: energy, forces(3, *)
         real(c_double), intent(out), optional :: virial(3, 3)
         integer(c_int32_t) :: status
      end function hone_prior
      !> Watches a refinement of weights; zero to go on, anything else to stop it.
      function hone_refinement_observer(context, progress) result(stop) bind(c)
         import :: c_int32_t, c_ptr, hone_refinement_progress
         type(c_ptr), value :: context
         type(hone_refinement_progress), intent(in) :: progress
         integer(c_int32_t) :: stop
      end function hone_refinement_observer
   end interface

   !> hone_labels of hone.h
   type, bind(c) :: c_labels
      integer(c_size_t) :: size = 0
      type(c_ptr) :: energy = c_null_ptr, forces = c_null_ptr, virial = c_null_ptr
      type(c_ptr) :: weights = c_null_ptr, atom_weights = c_null_ptr
      type(c_ptr) :: head = c_null_ptr, config_type = c_null_ptr
   end type c_labels

   character(len=*), parameter :: shapes = "positions and forces must be (3, n), " // &
      "atom_energies (n), atom_virials (3, 3, n), n the size of atomic_numbers"

   character(len=*), parameter :: list_shapes = "n_atoms must sum to n, positions be (3, n), n the " // &
      "size of atomic_numbers, cells (3, 3, m), periodic (3, m), m the size of n_atoms"

   character(len=*), parameter :: domain_shapes = "forces must be (3, n_local + n_ghost), " // &
      "atom_energies (n_local), atom_virials (3, 3, n_local)"

   interface
      function c_version() result(text) bind(c, name="hone_version")
         import :: c_ptr
         type(c_ptr) :: text
      end function c_version
      function c_last_error() result(text) bind(c, name="hone_last_error")
         import :: c_ptr
         type(c_ptr) :: text
      end function c_last_error
      function c_load(path, model) result(status) bind(c, name="hone_model_load")
         import :: c_char, c_int32_t, c_ptr
         character(kind=c_char), intent(in) :: path(*)
         type(c_ptr), intent(out) :: model
         integer(c_int32_t) :: status
      end function c_load
      function c_save(model, path) result(status) bind(c, name="hone_model_save")
         import :: c_char, c_int32_t, c_ptr
         type(c_ptr), value :: model
         character(kind=c_char), intent(in) :: path(*)
         integer(c_int32_t) :: status
      end function c_save
      function c_view(model, view) result(status) bind(c, name="hone_model_view")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         type(c_ptr), intent(out) :: view
         integer(c_int32_t) :: status
      end function c_view
      subroutine c_free(model) bind(c, name="hone_model_free")
         import :: c_ptr
         type(c_ptr), value :: model
      end subroutine c_free
      function c_set_precision(model, precision) result(status) &
         bind(c, name="hone_model_set_precision")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t), value :: precision
         integer(c_int32_t) :: status
      end function c_set_precision
      function c_set_thread_count(model, count) result(status) &
         bind(c, name="hone_model_set_thread_count")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t), value :: count
         integer(c_int32_t) :: status
      end function c_set_thread_count
      function c_set_head(model, name) result(status) bind(c, name="hone_model_set_head")
         import :: c_char, c_int32_t, c_ptr
         type(c_ptr), value :: model
         character(kind=c_char), intent(in) :: name(*)
         integer(c_int32_t) :: status
      end function c_set_head
      function c_set_evaluator(model, evaluator) result(status) &
         bind(c, name="hone_model_set_evaluator")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t), value :: evaluator
         integer(c_int32_t) :: status
      end function c_set_evaluator
      function c_set_table_tolerance(model, tolerance) result(status) &
         bind(c, name="hone_model_set_table_tolerance")
         import :: c_double, c_int32_t, c_ptr
         type(c_ptr), value :: model
         real(c_double), value :: tolerance
         integer(c_int32_t) :: status
      end function c_set_table_tolerance
      function c_table_error(model) result(value) bind(c, name="hone_model_table_error")
         import :: c_double, c_ptr
         type(c_ptr), value :: model
         real(c_double) :: value
      end function c_table_error
      function c_fallback(model) result(text) bind(c, name="hone_model_fallback")
         import :: c_ptr
         type(c_ptr), value :: model
         type(c_ptr) :: text
      end function c_fallback
      function c_cutoff(model) result(value) bind(c, name="hone_model_cutoff")
         import :: c_double, c_ptr
         type(c_ptr), value :: model
         real(c_double) :: value
      end function c_cutoff
      function c_layer_count(model) result(value) bind(c, name="hone_model_layer_count")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t) :: value
      end function c_layer_count
      function c_exchange_width(model) result(value) bind(c, name="hone_model_exchange_width")
         import :: c_int64_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int64_t) :: value
      end function c_exchange_width
      function c_parameter_count(model) result(value) bind(c, name="hone_model_parameter_count")
         import :: c_int64_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int64_t) :: value
      end function c_parameter_count
      function c_species(model, capacity, atomic_numbers, count) result(status) &
         bind(c, name="hone_model_species")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t), value :: capacity
         integer(c_int32_t), intent(out), optional :: atomic_numbers(*)
         integer(c_int32_t), intent(inout) :: count
         integer(c_int32_t) :: status
      end function c_species
      function c_head_count(model) result(value) bind(c, name="hone_model_head_count")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t) :: value
      end function c_head_count
      function c_head_name(model, index) result(text) bind(c, name="hone_model_head_name")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int32_t), value :: index
         type(c_ptr) :: text
      end function c_head_name
      function c_description(model) result(text) bind(c, name="hone_model_description")
         import :: c_ptr
         type(c_ptr), value :: model
         type(c_ptr) :: text
      end function c_description
      function c_compute(model, n_atoms, atomic_numbers, positions, cell, periodic, energy, forces, &
         virial, atom_energies, atom_virials) result(status) bind(c, name="hone_model_compute")
         import :: c_double, c_int32_t, c_int64_t, c_ptr
         type(c_ptr), value :: model
         integer(c_int64_t), value :: n_atoms
         integer(c_int32_t), intent(in) :: atomic_numbers(*)
         real(c_double), intent(in) :: positions(*)
         real(c_double), intent(in), optional :: cell(*)
         integer(c_int32_t), intent(in), optional :: periodic(*)
         real(c_double), intent(out), optional :: energy
         real(c_double), intent(out), optional :: forces(*), virial(*), atom_energies(*)
         real(c_double), intent(out), optional :: atom_virials(*)
         integer(c_int32_t) :: status
      end function c_compute
      function c_compute_batch(model, n_structures, structures, energies, forces, virials, &
         atom_energies, atom_virials) result(status) bind(c, name="hone_model_compute_batch")
         import :: c_double, c_int32_t, c_int64_t, c_ptr, hone_structure
         type(c_ptr), value :: model
         integer(c_int64_t), value :: n_structures
         type(hone_structure), intent(in) :: structures(*)
         real(c_double), intent(out), optional :: energies(*), forces(*), virials(*)
         real(c_double), intent(out), optional :: atom_energies(*), atom_virials(*)
         integer(c_int32_t) :: status
      end function c_compute_batch
      function c_workspace_new(model, workspace) result(status) bind(c, name="hone_workspace_new")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model
         type(c_ptr), intent(out) :: workspace
         integer(c_int32_t) :: status
      end function c_workspace_new
      function c_workspace_set_skin(workspace, skin) result(status) &
         bind(c, name="hone_workspace_set_skin")
         import :: c_double, c_int32_t, c_ptr
         type(c_ptr), value :: workspace
         real(c_double), value :: skin
         integer(c_int32_t) :: status
      end function c_workspace_set_skin
      function c_workspace_compute(workspace, n_atoms, atomic_numbers, positions, cell, periodic, &
         energy, forces, virial, atom_energies, atom_virials) result(status) &
         bind(c, name="hone_workspace_compute")
         import :: c_double, c_int32_t, c_int64_t, c_ptr
         type(c_ptr), value :: workspace
         integer(c_int64_t), value :: n_atoms
         integer(c_int32_t), intent(in) :: atomic_numbers(*)
         real(c_double), intent(in) :: positions(*)
         real(c_double), intent(in), optional :: cell(*)
         integer(c_int32_t), intent(in), optional :: periodic(*)
         real(c_double), intent(out), optional :: energy
         real(c_double), intent(out), optional :: forces(*), virial(*), atom_energies(*)
         real(c_double), intent(out), optional :: atom_virials(*)
         integer(c_int32_t) :: status
      end function c_workspace_compute
      function c_compute_domain(model, domain, energy, forces, virial, atom_energies, atom_virials) &
         result(status) bind(c, name="hone_model_compute_domain")
         import :: c_double, c_int32_t, c_ptr, hone_domain
         type(c_ptr), value :: model
         type(hone_domain), intent(in) :: domain
         real(c_double), intent(out), optional :: energy, forces(*), virial(*), atom_energies(*), &
            atom_virials(*)
         integer(c_int32_t) :: status
      end function c_compute_domain
      function c_workspace_compute_domain(workspace, domain, energy, forces, virial, atom_energies, &
         atom_virials) result(status) bind(c, name="hone_workspace_compute_domain")
         import :: c_double, c_int32_t, c_ptr, hone_domain
         type(c_ptr), value :: workspace
         type(hone_domain), intent(in) :: domain
         real(c_double), intent(out), optional :: energy, forces(*), virial(*), atom_energies(*), &
            atom_virials(*)
         integer(c_int32_t) :: status
      end function c_workspace_compute_domain
      function c_workspace_fallback(workspace) result(text) bind(c, name="hone_workspace_fallback")
         import :: c_ptr
         type(c_ptr), value :: workspace
         type(c_ptr) :: text
      end function c_workspace_fallback
      subroutine c_workspace_free(workspace) bind(c, name="hone_workspace_free")
         import :: c_ptr
         type(c_ptr), value :: workspace
      end subroutine c_workspace_free
      function c_dataset_new(dataset) result(status) bind(c, name="hone_dataset_new")
         import :: c_int32_t, c_ptr
         type(c_ptr), intent(out) :: dataset
         integer(c_int32_t) :: status
      end function c_dataset_new
      function c_dataset_add_file(dataset, path, options) result(status) &
         bind(c, name="hone_dataset_add_file")
         import :: c_char, c_int32_t, c_ptr
         type(c_ptr), value :: dataset
         character(kind=c_char), intent(in) :: path(*)
         character(kind=c_char), intent(in), optional :: options(*)
         integer(c_int32_t) :: status
      end function c_dataset_add_file
      function c_dataset_add(dataset, structure, labels) result(status) &
         bind(c, name="hone_dataset_add")
         import :: c_int32_t, c_labels, c_ptr, hone_structure
         type(c_ptr), value :: dataset
         type(hone_structure), intent(in) :: structure
         type(c_labels), intent(in) :: labels
         integer(c_int32_t) :: status
      end function c_dataset_add
      function c_dataset_count(dataset) result(count) bind(c, name="hone_dataset_count")
         import :: c_int64_t, c_ptr
         type(c_ptr), value :: dataset
         integer(c_int64_t) :: count
      end function c_dataset_count
      subroutine c_dataset_free(dataset) bind(c, name="hone_dataset_free")
         import :: c_ptr
         type(c_ptr), value :: dataset
      end subroutine c_dataset_free
      function c_model_evaluate(model, dataset, errors) result(status) &
         bind(c, name="hone_model_evaluate")
         import :: c_int32_t, c_ptr, hone_errors
         type(c_ptr), value :: model, dataset
         type(hone_errors), intent(inout) :: errors
         integer(c_int32_t) :: status
      end function c_model_evaluate
      function c_model_fit_statistics(model, dataset, fitted) result(status) &
         bind(c, name="hone_model_fit_statistics")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: model, dataset
         type(c_ptr), intent(out) :: fitted
         integer(c_int32_t) :: status
      end function c_model_fit_statistics
      function c_model_diagnose(model, structure, forces, diagnosis, descriptor_distances, &
         coordination_quantiles, force_norm_quantiles) result(status) bind(c, name="hone_model_diagnose")
         import :: c_double, c_int32_t, c_ptr, hone_structure, hone_diagnosis
         type(c_ptr), value :: model
         type(hone_structure), intent(in) :: structure
         real(c_double), intent(in), optional :: forces(3, *)
         type(hone_diagnosis), intent(inout) :: diagnosis
         real(c_double), intent(out), optional :: descriptor_distances(*), coordination_quantiles(*)
         real(c_double), intent(out), optional :: force_norm_quantiles(*)
         integer(c_int32_t) :: status
      end function c_model_diagnose
      function c_workspace_set_diagnosis(workspace, on) result(status) &
         bind(c, name="hone_workspace_set_diagnosis")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: workspace
         integer(c_int32_t), value :: on
         integer(c_int32_t) :: status
      end function c_workspace_set_diagnosis
      function c_workspace_descriptor_distances(workspace, count, distances) result(status) &
         bind(c, name="hone_workspace_descriptor_distances")
         import :: c_double, c_int32_t, c_int64_t, c_ptr
         type(c_ptr), value :: workspace
         integer(c_int64_t), value :: count
         real(c_double), intent(out) :: distances(*)
         integer(c_int32_t) :: status
      end function c_workspace_descriptor_distances
      function c_trainer_new(model, training, validation, configuration, trainer) result(status) &
         bind(c, name="hone_trainer_new")
         import :: c_char, c_int32_t, c_ptr
         type(c_ptr), value :: model, training, validation
         character(kind=c_char), intent(in), optional :: configuration(*)
         type(c_ptr), intent(out) :: trainer
         integer(c_int32_t) :: status
      end function c_trainer_new
      function c_trainer_step(trainer) result(status) bind(c, name="hone_trainer_step")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: trainer
         integer(c_int32_t) :: status
      end function c_trainer_step
      function c_trainer_run(trainer, observer, context) result(status) &
         bind(c, name="hone_trainer_run")
         import :: c_funptr, c_int32_t, c_ptr
         type(c_ptr), value :: trainer, context
         type(c_funptr), value :: observer
         integer(c_int32_t) :: status
      end function c_trainer_run
      function c_trainer_progress(trainer, progress) result(status) &
         bind(c, name="hone_trainer_progress")
         import :: c_int32_t, c_ptr, hone_training_progress
         type(c_ptr), value :: trainer
         type(hone_training_progress), intent(inout) :: progress
         integer(c_int32_t) :: status
      end function c_trainer_progress
      function c_trainer_evaluate(trainer, dataset, errors) result(status) &
         bind(c, name="hone_trainer_evaluate")
         import :: c_int32_t, c_ptr, hone_errors
         type(c_ptr), value :: trainer, dataset
         type(hone_errors), intent(inout) :: errors
         integer(c_int32_t) :: status
      end function c_trainer_evaluate
      function c_trainer_model(trainer, model) result(status) bind(c, name="hone_trainer_model")
         import :: c_int32_t, c_ptr
         type(c_ptr), value :: trainer
         type(c_ptr), intent(out) :: model
         integer(c_int32_t) :: status
      end function c_trainer_model
      function c_trainer_save(trainer, path) result(status) bind(c, name="hone_trainer_save")
         import :: c_char, c_int32_t, c_ptr
         type(c_ptr), value :: trainer
         character(kind=c_char), intent(in) :: path(*)
         integer(c_int32_t) :: status
      end function c_trainer_save
      function c_trainer_restore(trainer, path) result(status) bind(c, name="hone_trainer_restore")
         import :: c_char, c_int32_t, c_ptr
         type(c_ptr), value :: trainer
         character(kind=c_char), intent(in) :: path(*)
         integer(c_int32_t) :: status
      end function c_trainer_restore
      subroutine c_trainer_free(trainer) bind(c, name="hone_trainer_free")
         import :: c_ptr
         type(c_ptr), value :: trainer
      end subroutine c_trainer_free
      function c_potential_new(name, potential) result(status) bind(c, name="hone_potential_new")
         import :: c_char, c_int32_t, c_ptr
         character(kind=c_char), intent(in) :: name(*)
         type(c_ptr), intent(out) :: potential
         integer(c_int32_t) :: status
      end function c_potential_new
      function c_potential_compute(potential, structure, energy, forces, virial) result(status) &
         bind(c, name="hone_potential_compute")
         import :: c_double, c_int32_t, c_ptr, hone_structure
         type(c_ptr), value :: potential
         type(hone_structure), intent(in) :: structure
         real(c_double), intent(out), optional :: energy, forces(3, *), virial(3, 3)
         integer(c_int32_t) :: status
      end function c_potential_compute
      subroutine c_potential_free(potential) bind(c, name="hone_potential_free")
         import :: c_ptr
         type(c_ptr), value :: potential
      end subroutine c_potential_free
      function c_potential_prior(potential, structure, energy, forces, virial) result(status) &
         bind(c, name="hone_potential_prior")
         import :: c_double, c_int32_t, c_ptr, hone_structure
         type(c_ptr), value :: potential
         type(hone_structure), intent(in) :: structure
         real(c_double), intent(out) :: energy, forces(3, *)
         real(c_double), intent(out), optional :: virial(3, 3)
         integer(c_int32_t) :: status
      end function c_potential_prior
      function c_model_prior(model, structure, energy, forces, virial) result(status) &
         bind(c, name="hone_model_prior")
         import :: c_double, c_int32_t, c_ptr, hone_structure
         type(c_ptr), value :: model
         type(hone_structure), intent(in) :: structure
         real(c_double), intent(out) :: energy, forces(3, *)
         real(c_double), intent(out), optional :: virial(3, 3)
         integer(c_int32_t) :: status
      end function c_model_prior
      function c_refine_radius(base, n_structures, structures, options, choice, refined) &
         result(status) bind(c, name="hone_refine_radius")
         import :: c_char, c_int32_t, c_int64_t, c_ptr, hone_radius_choice, hone_structure
         type(c_ptr), value :: base
         integer(c_int64_t), value :: n_structures
         type(hone_structure), intent(in) :: structures(*)
         character(kind=c_char), intent(in), optional :: options(*)
         type(hone_radius_choice), intent(inout), optional :: choice
         type(c_ptr), intent(out), optional :: refined
         integer(c_int32_t) :: status
      end function c_refine_radius
      function c_refine_weights(base, n_structures, structures, prior, prior_context, replay, options, &
         observer, observer_context, report, refined) result(status) bind(c, name="hone_refine_weights")
         import :: c_char, c_funptr, c_int32_t, c_int64_t, c_ptr, hone_refinement, hone_structure
         type(c_ptr), value :: base
         integer(c_int64_t), value :: n_structures
         type(hone_structure), intent(in) :: structures(*)
         type(c_funptr), value :: prior, observer
         type(c_ptr), value :: prior_context, replay, observer_context
         character(kind=c_char), intent(in), optional :: options(*)
         type(hone_refinement), intent(inout), optional :: report
         type(c_ptr), intent(out) :: refined
         integer(c_int32_t) :: status
      end function c_refine_weights
      function c_strlen(text) result(length) bind(c, name="strlen")
         import :: c_ptr, c_size_t
         type(c_ptr), value :: text
         integer(c_size_t) :: length
      end function c_strlen
   end interface

contains

   !> The version of the library that runs.
   function hone_version() result(text)
      character(len=:), allocatable :: text
      text = copy(c_version())
   end function hone_version

   !> This thread's last failure, as one sentence.
   function hone_last_error() result(text)
      character(len=:), allocatable :: text
      text = copy(c_last_error())
   end function hone_last_error

   !> Reads a model file; a model held before is freed.
   subroutine load(self, path, status, message)
      class(hone_model), intent(inout) :: self
      character(len=*), intent(in) :: path
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call self%free()
      call report(c_load(trim(path)//c_null_char, self%handle), status, message)
   end subroutine load

   !> Writes hone's own file.
   subroutine save_model(self, path, status, message)
      class(hone_model), intent(in) :: self
      character(len=*), intent(in) :: path
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_save(self%handle, trim(path)//c_null_char), status, message)
   end subroutine save_model

   !> Makes a second handle on the same weights; either may be freed first.
   subroutine view(self, other, status, message)
      class(hone_model), intent(in) :: self
      type(hone_model), intent(inout) :: other
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(c_ptr) :: made
      integer(int32) :: result
      result = c_view(self%handle, made)
      call other%free()
      other%handle = made
      call report(result, status, message)
   end subroutine view

   !> Releases the model; does nothing when there is none.
   subroutine free(self)
      class(hone_model), intent(inout) :: self
      call c_free(self%handle)
      self%handle = c_null_ptr
   end subroutine free

   subroutine finalize(self)
      type(hone_model), intent(inout) :: self
      call self%free()
   end subroutine finalize

   !> Chooses hone_float32 (the default) or hone_float64.
   subroutine set_precision(self, precision, status, message)
      class(hone_model), intent(inout) :: self
      integer(int32), intent(in) :: precision
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_set_precision(self%handle, precision), status, message)
   end subroutine set_precision

   !> Chooses the number of threads of one computation; 0 means all cores.
   subroutine set_thread_count(self, count, status, message)
      class(hone_model), intent(inout) :: self
      integer(int32), intent(in) :: count
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_set_thread_count(self%handle, count), status, message)
   end subroutine set_thread_count

   !> Chooses a head or modality by its name.
   subroutine set_head(self, name, status, message)
      class(hone_model), intent(inout) :: self
      character(len=*), intent(in) :: name
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_set_head(self%handle, trim(name)//c_null_char), status, message)
   end subroutine set_head

   !> Chooses hone_evaluator_automatic (the default) or hone_evaluator_reference.
   subroutine set_evaluator(self, evaluator, status, message)
      class(hone_model), intent(inout) :: self
      integer(int32), intent(in) :: evaluator
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_set_evaluator(self%handle, evaluator), status, message)
   end subroutine set_evaluator

   !> Chooses how exact tables are, 1e-12 to 1e-2; 0 means the default.
   subroutine set_table_tolerance(self, tolerance, status, message)
      class(hone_model), intent(inout) :: self
      real(real64), intent(in) :: tolerance
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_set_table_tolerance(self%handle, tolerance), status, message)
   end subroutine set_table_tolerance

   !> The largest error of the tables made so far, 0 when there are none; NaN without a model.
   function table_error(self) result(value)
      class(hone_model), intent(in) :: self
      real(real64) :: value
      value = c_table_error(self%handle)
   end function table_error

   !> Why the last computation was left to the reference evaluator; empty when it was not.
   function fallback(self) result(text)
      class(hone_model), intent(in) :: self
      character(len=:), allocatable :: text
      text = copy(c_fallback(self%handle))
   end function fallback

   !> The reach of one layer in Å; NaN without a model.
   function cutoff(self) result(value)
      class(hone_model), intent(in) :: self
      real(real64) :: value
      value = c_cutoff(self%handle)
   end function cutoff

   !> The number of message-passing layers; -1 without a model.
   function layer_count(self) result(value)
      class(hone_model), intent(in) :: self
      integer(int32) :: value
      value = c_layer_count(self%handle)
   end function layer_count

   !> The most values per atom that layers hand on; -1 without a model.
   function exchange_width(self) result(value)
      class(hone_model), intent(in) :: self
      integer(int64) :: value
      value = c_exchange_width(self%handle)
   end function exchange_width

   !> The number of trained parameters; -1 without a model.
   function parameter_count(self) result(value)
      class(hone_model), intent(in) :: self
      integer(int64) :: value
      value = c_parameter_count(self%handle)
   end function parameter_count

   !> The atomic numbers the model was made for, ascending; empty after a failure.
   subroutine species(self, atomic_numbers, status, message)
      class(hone_model), intent(in) :: self
      integer(int32), allocatable, intent(out) :: atomic_numbers(:)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      integer(int32) :: count, result
      count = 0
      result = c_species(self%handle, 0_int32, count=count)
      if (result /= hone_success) count = 0
      allocate (atomic_numbers(count))
      if (count > 0) result = c_species(self%handle, count, atomic_numbers, count)
      call report(result, status, message)
   end subroutine species

   !> The number of heads or modalities; -1 without a model.
   function head_count(self) result(value)
      class(hone_model), intent(in) :: self
      integer(int32) :: value
      value = c_head_count(self%handle)
   end function head_count

   !> The name of a head, counted from 1; empty when there is none.
   function head_name(self, index) result(text)
      class(hone_model), intent(in) :: self
      integer(int32), intent(in) :: index
      character(len=:), allocatable :: text
      text = copy(c_head_name(self%handle, index - 1))
   end function head_name

   !> What the file holds, as JSON; empty without a model.
   function description(self) result(text)
      class(hone_model), intent(in) :: self
      character(len=:), allocatable :: text
      text = copy(c_description(self%handle))
   end function description

   !> Computes the energy of a structure and its derivatives; outputs that are absent cost nothing.
   subroutine compute(self, atomic_numbers, positions, cell, periodic, energy, forces, virial, &
      atom_energies, atom_virials, status, message)
      class(hone_model), intent(in) :: self
      !> Atomic numbers
      integer(int32), contiguous, intent(in) :: atomic_numbers(:)
      !> Positions in Å, (3, n_atoms)
      real(real64), contiguous, intent(in) :: positions(:, :)
      !> Cell vectors as columns in Å; absent for a molecule
      real(real64), intent(in), optional :: cell(3, 3)
      !> Which cell vectors are periods; absent means all of them
      logical, intent(in), optional :: periodic(3)
      !> Energy in eV
      real(real64), intent(out), optional :: energy
      !> Forces in eV/Å, (3, n_atoms)
      real(real64), contiguous, intent(out), optional :: forces(:, :)
      !> Virial -dE/d(strain) in eV, virial(b, a) = sum of r_a F_b
      real(real64), intent(out), optional :: virial(3, 3)
      !> Energies of the atoms in eV, (n_atoms)
      real(real64), contiguous, intent(out), optional :: atom_energies(:)
      !> Virials of the atoms in eV, (3, 3, n_atoms)
      real(real64), contiguous, intent(out), optional :: atom_virials(:, :, :)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      integer(int32), allocatable :: flags(:)
      if (.not. shapes_agree(size(atomic_numbers), positions, forces, atom_energies, atom_virials)) &
         then
         call report(hone_invalid_argument, status, message, shapes)
         return
      end if
      ! An unallocated actual argument counts as an absent one.
      if (present(periodic)) then
         allocate (flags(3))
         flags(:) = merge(1_int32, 0_int32, periodic)
      end if
      call report(c_compute(self%handle, size(atomic_numbers, kind=int64), atomic_numbers, &
         positions, cell, flags, energy, forces, virial, atom_energies, atom_virials), status, &
         message)
   end subroutine compute

   !> Computes many structures, each on one thread. They lie one after the other in all arrays; n is
   !> the number of atoms of all.
   subroutine compute_batch(self, n_atoms, atomic_numbers, positions, cells, periodic, energies, &
      forces, virials, atom_energies, atom_virials, status, message)
      class(hone_model), intent(in) :: self
      !> The number of atoms of each structure
      integer(int64), intent(in) :: n_atoms(:)
      !> Atomic numbers, (n)
      integer(int32), contiguous, intent(in), target :: atomic_numbers(:)
      !> Positions in Å, (3, n)
      real(real64), contiguous, intent(in), target :: positions(:, :)
      !> Cell vectors as columns in Å, (3, 3, n_structures); absent for molecules
      real(real64), contiguous, intent(in), optional, target :: cells(:, :, :)
      !> Which cell vectors are periods, (3, n_structures); absent means all of them
      logical, intent(in), optional :: periodic(:, :)
      !> Energies in eV, (n_structures)
      real(real64), contiguous, intent(out), optional :: energies(:)
      !> Forces in eV/Å, (3, n)
      real(real64), contiguous, intent(out), optional :: forces(:, :)
      !> Virials in eV, (3, 3, n_structures)
      real(real64), contiguous, intent(out), optional :: virials(:, :, :)
      !> Energies of the atoms in eV, (n)
      real(real64), contiguous, intent(out), optional :: atom_energies(:)
      !> Virials of the atoms in eV, (3, 3, n)
      real(real64), contiguous, intent(out), optional :: atom_virials(:, :, :)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(hone_structure), allocatable :: structures(:)
      integer(c_int32_t), allocatable, target :: flags(:, :)
      integer :: count
      logical :: fits
      count = size(n_atoms)
      fits = structures_agree(n_atoms, atomic_numbers, positions, cells, periodic) .and. &
         shapes_agree(size(atomic_numbers), positions, forces, atom_energies, atom_virials)
      if (present(energies)) fits = fits .and. size(energies) == count
      if (present(virials)) fits = fits .and. all(shape(virials) == [3, 3, count])
      if (.not. fits) then
         call report(hone_invalid_argument, status, message, shapes // "; n_atoms must sum to n, " // &
            "cells and virials be (3, 3, m), periodic (3, m), energies (m), m the size of n_atoms")
         return
      end if
      allocate (flags(3, count))
      call borrow(structures, flags, n_atoms, atomic_numbers, positions, cells, periodic)
      call report(c_compute_batch(self%handle, int(count, int64), structures, energies, forces, &
         virials, atom_energies, atom_virials), status, message)
   end subroutine compute_batch

   !> Computes the energy of a process' own atoms and its derivatives; see hone.h.
   subroutine compute_domain(self, domain, energy, forces, virial, atom_energies, atom_virials, status, &
      message)
      class(hone_model), intent(in) :: self
      type(hone_domain), intent(in) :: domain
      !> Energy in eV
      real(real64), intent(out), optional :: energy
      !> Forces in eV/Å, (3, n_local + n_ghost)
      real(real64), contiguous, intent(out), optional :: forces(:, :)
      !> Virial -dE/d(strain) in eV
      real(real64), intent(out), optional :: virial(3, 3)
      !> Energies of the own atoms in eV, (n_local)
      real(real64), contiguous, intent(out), optional :: atom_energies(:)
      !> Virials of the own atoms in eV, (3, 3, n_local)
      real(real64), contiguous, intent(out), optional :: atom_virials(:, :, :)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      if (.not. fits(domain, forces, atom_energies, atom_virials)) then
         call report(hone_invalid_argument, status, message, domain_shapes)
         return
      end if
      call report(c_compute_domain(self%handle, sized(domain), energy, forces, virial, atom_energies, &
         atom_virials), status, message)
   end subroutine compute_domain

   !> Makes a workspace with the settings that the model has now; one held before is freed. The model
   !> may be freed first.
   subroutine workspace_make(self, model, status, message)
      class(hone_workspace), intent(inout) :: self
      type(hone_model), intent(in) :: model
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call self%free()
      call report(c_workspace_new(model%handle, self%handle), status, message)
   end subroutine workspace_make

   !> Releases the workspace; does nothing when there is none.
   subroutine workspace_free(self)
      class(hone_workspace), intent(inout) :: self
      call c_workspace_free(self%handle)
      self%handle = c_null_ptr
   end subroutine workspace_free

   subroutine workspace_finalize(self)
      type(hone_workspace), intent(inout) :: self
      call self%free()
   end subroutine workspace_finalize

   !> Chooses how much further than the cutoff neighbours are looked for, in Å; 0 to search always.
   subroutine workspace_set_skin(self, skin, status, message)
      class(hone_workspace), intent(inout) :: self
      real(real64), intent(in) :: skin
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_workspace_set_skin(self%handle, skin), status, message)
   end subroutine workspace_set_skin

   !> Why the last computation was left to the reference evaluator; empty when it was not.
   function workspace_fallback(self) result(text)
      class(hone_workspace), intent(in) :: self
      character(len=:), allocatable :: text
      text = copy(c_workspace_fallback(self%handle))
   end function workspace_fallback

   !> Computes the energy of a structure and its derivatives; outputs that are absent cost nothing.
   subroutine workspace_compute(self, atomic_numbers, positions, cell, periodic, energy, forces, virial, &
      atom_energies, atom_virials, status, message)
      class(hone_workspace), intent(inout) :: self
      !> Atomic numbers
      integer(int32), contiguous, intent(in) :: atomic_numbers(:)
      !> Positions in Å, (3, n_atoms)
      real(real64), contiguous, intent(in) :: positions(:, :)
      !> Cell vectors as columns in Å; absent for a molecule
      real(real64), intent(in), optional :: cell(3, 3)
      !> Which cell vectors are periods; absent means all of them
      logical, intent(in), optional :: periodic(3)
      !> Energy in eV
      real(real64), intent(out), optional :: energy
      !> Forces in eV/Å, (3, n_atoms)
      real(real64), contiguous, intent(out), optional :: forces(:, :)
      !> Virial -dE/d(strain) in eV, virial(b, a) = sum of r_a F_b
      real(real64), intent(out), optional :: virial(3, 3)
      !> Energies of the atoms in eV, (n_atoms)
      real(real64), contiguous, intent(out), optional :: atom_energies(:)
      !> Virials of the atoms in eV, (3, 3, n_atoms)
      real(real64), contiguous, intent(out), optional :: atom_virials(:, :, :)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      integer(int32), allocatable :: flags(:)
      if (.not. shapes_agree(size(atomic_numbers), positions, forces, atom_energies, atom_virials)) &
         then
         call report(hone_invalid_argument, status, message, shapes)
         return
      end if
      ! An unallocated actual argument counts as an absent one.
      if (present(periodic)) then
         allocate (flags(3))
         flags(:) = merge(1_int32, 0_int32, periodic)
      end if
      call report(c_workspace_compute(self%handle, size(atomic_numbers, kind=int64), atomic_numbers, &
         positions, cell, flags, energy, forces, virial, atom_energies, atom_virials), status, &
         message)
   end subroutine workspace_compute

   !> Computes the energy of a process' own atoms and its derivatives, as the model does; see hone.h.
   subroutine workspace_compute_domain(self, domain, energy, forces, virial, atom_energies, atom_virials, status, &
      message)
      class(hone_workspace), intent(inout) :: self
      type(hone_domain), intent(in) :: domain
      !> Energy in eV
      real(real64), intent(out), optional :: energy
      !> Forces in eV/Å, (3, n_local + n_ghost)
      real(real64), contiguous, intent(out), optional :: forces(:, :)
      !> Virial -dE/d(strain) in eV
      real(real64), intent(out), optional :: virial(3, 3)
      !> Energies of the own atoms in eV, (n_local)
      real(real64), contiguous, intent(out), optional :: atom_energies(:)
      !> Virials of the own atoms in eV, (3, 3, n_local)
      real(real64), contiguous, intent(out), optional :: atom_virials(:, :, :)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      if (.not. fits(domain, forces, atom_energies, atom_virials)) then
         call report(hone_invalid_argument, status, message, domain_shapes)
         return
      end if
      call report(c_workspace_compute_domain(self%handle, sized(domain), energy, forces, virial, atom_energies, &
         atom_virials), status, message)
   end subroutine workspace_compute_domain

   !> Compares a model with a data set, with the model's precision and threads.
   subroutine model_evaluate(self, dataset, errors, status, message)
      class(hone_model), intent(in) :: self
      type(hone_dataset), intent(in) :: dataset
      type(hone_errors), intent(out) :: errors
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      errors%size = c_sizeof(errors)
      call report(c_model_evaluate(self%handle, dataset%handle, errors), status, message)
   end subroutine model_evaluate

   !> Makes a model with the same weights that says what it was trained on; one that `fitted` held before
   !> is freed.
   subroutine model_fit_statistics(self, dataset, fitted, status, message)
      class(hone_model), intent(in) :: self
      type(hone_dataset), intent(in) :: dataset
      type(hone_model), intent(inout) :: fitted
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(c_ptr) :: handle
      integer(int32) :: result
      result = c_model_fit_statistics(self%handle, dataset%handle, handle)
      call fitted%free()
      if (result == hone_success) fitted%handle = handle
      call report(result, status, message)
   end subroutine model_fit_statistics

   !> Compares a structure with what the model was trained on; see hone.h.
   subroutine model_diagnose(self, atomic_numbers, positions, diagnosis, cell, periodic, forces, &
      descriptor_distances, coordination_quantiles, force_norm_quantiles, status, message)
      class(hone_model), intent(in) :: self
      !> Atomic numbers
      integer(int32), contiguous, intent(in), target :: atomic_numbers(:)
      !> Positions in Å, (3, n_atoms)
      real(real64), contiguous, intent(in), target :: positions(:, :)
      type(hone_diagnosis), intent(out) :: diagnosis
      !> Cell vectors as columns in Å; absent for a molecule
      real(real64), intent(in), optional, target :: cell(3, 3)
      !> Which cell vectors are periods; absent means all of them
      logical, intent(in), optional :: periodic(3)
      !> Forces in eV/Å, (3, n_atoms); absent for those of the model
      real(real64), contiguous, intent(in), optional :: forces(:, :)
      !> How far atoms are from the training data, (n_atoms)
      real(real64), contiguous, intent(out), optional :: descriptor_distances(:)
      !> Where their numbers of neighbours and their forces stand, 0 to 1, (n_atoms)
      real(real64), contiguous, intent(out), optional :: coordination_quantiles(:), force_norm_quantiles(:)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(hone_structure) :: structure
      integer(int32), target :: flags(3)
      logical :: agree
      agree = shapes_agree(size(atomic_numbers), positions, forces, descriptor_distances) &
         .and. shapes_agree(size(atomic_numbers), positions, atom_energies=coordination_quantiles) &
         .and. shapes_agree(size(atomic_numbers), positions, atom_energies=force_norm_quantiles)
      if (.not. agree) then
         call report(hone_invalid_argument, status, message, "positions and forces must be (3, n), " &
            // "distances and quantiles (n), n the size of atomic_numbers")
         return
      end if
      structure%size = c_sizeof(structure)
      structure%n_atoms = size(atomic_numbers, kind=int64)
      if (size(atomic_numbers) > 0) then
         structure%atomic_numbers = c_loc(atomic_numbers)
         structure%positions = c_loc(positions)
      end if
      if (present(cell)) structure%cell = c_loc(cell)
      if (present(periodic)) then
         flags(:) = merge(1_int32, 0_int32, periodic)
         structure%periodic = c_loc(flags)
      end if
      diagnosis%size = c_sizeof(diagnosis)
      call report(c_model_diagnose(self%handle, structure, forces, diagnosis, descriptor_distances, &
         coordination_quantiles, force_norm_quantiles), status, message)
   end subroutine model_diagnose

   !> Chooses whether computations also measure how far atoms are from the training data.
   subroutine workspace_set_diagnosis(self, on, status, message)
      class(hone_workspace), intent(inout) :: self
      logical, intent(in) :: on
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_workspace_set_diagnosis(self%handle, merge(1_int32, 0_int32, on)), status, message)
   end subroutine workspace_set_diagnosis

   !> How far the atoms of the last computation are from the training data, (n_atoms) or (n_local).
   subroutine workspace_descriptor_distances(self, distances, status, message)
      class(hone_workspace), intent(in) :: self
      real(real64), contiguous, intent(out) :: distances(:)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_workspace_descriptor_distances(self%handle, size(distances, kind=int64), distances), &
         status, message)
   end subroutine workspace_descriptor_distances

   !> Makes an empty data set; one held before is freed.
   subroutine dataset_make(self, status, message)
      class(hone_dataset), intent(inout) :: self
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call self%free()
      call report(c_dataset_new(self%handle), status, message)
   end subroutine dataset_make

   !> Releases the data set; does nothing when there is none.
   subroutine dataset_free(self)
      class(hone_dataset), intent(inout) :: self
      call c_dataset_free(self%handle)
      self%handle = c_null_ptr
   end subroutine dataset_free

   subroutine dataset_finalize(self)
      type(hone_dataset), intent(inout) :: self
      call self%free()
   end subroutine dataset_finalize

   !> Adds the frames of an extended XYZ file.
   subroutine dataset_add_file(self, path, options, status, message)
      class(hone_dataset), intent(inout) :: self
      character(len=*), intent(in) :: path
      !> JSON, as hone.h describes it
      character(len=*), intent(in), optional :: options
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      if (present(options)) then
         call report(c_dataset_add_file(self%handle, trim(path)//c_null_char, &
            trim(options)//c_null_char), status, message)
      else
         call report(c_dataset_add_file(self%handle, trim(path)//c_null_char), status, message)
      end if
   end subroutine dataset_add_file

   !> Adds a structure with its labels, one of energy, forces and virial at least.
   subroutine dataset_add(self, atomic_numbers, positions, cell, periodic, energy, forces, virial, &
      weights, atom_weights, head, config_type, status, message)
      class(hone_dataset), intent(inout) :: self
      !> Atomic numbers
      integer(int32), contiguous, intent(in), target :: atomic_numbers(:)
      !> Positions in Å, (3, n_atoms)
      real(real64), contiguous, intent(in), target :: positions(:, :)
      !> Cell vectors as columns in Å; absent for a molecule
      real(real64), intent(in), optional, target :: cell(3, 3)
      !> Which cell vectors are periods; absent means all of them
      logical, intent(in), optional :: periodic(3)
      !> Energy in eV
      real(real64), intent(in), optional, target :: energy
      !> Forces in eV/Å, (3, n_atoms)
      real(real64), contiguous, intent(in), optional, target :: forces(:, :)
      !> Virial -dE/d(strain) in eV
      real(real64), intent(in), optional, target :: virial(3, 3)
      !> What errors of the structure, its energy, forces, stress and virial are multiplied by
      real(real64), intent(in), optional, target :: weights(5)
      !> What errors of the forces on atoms are multiplied by, (n_atoms)
      real(real64), contiguous, intent(in), optional, target :: atom_weights(:)
      !> The model's head, and the kind of structure
      character(len=*), intent(in), optional :: head, config_type
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(hone_structure) :: structure
      type(c_labels) :: labels
      integer(int32), target :: flags(3)
      character(len=:), allocatable, target :: head_text, type_text
      logical :: agree
      agree = shapes_agree(size(atomic_numbers), positions, forces, atom_weights)
      if (.not. agree) then
         call report(hone_invalid_argument, status, message, "positions and forces must be (3, n), " &
            // "atom_weights (n), n the size of atomic_numbers")
         return
      end if
      structure%size = c_sizeof(structure)
      structure%n_atoms = size(atomic_numbers, kind=int64)
      if (size(atomic_numbers) > 0) then
         structure%atomic_numbers = c_loc(atomic_numbers)
         structure%positions = c_loc(positions)
      end if
      if (present(cell)) structure%cell = c_loc(cell)
      if (present(periodic)) then
         flags(:) = merge(1_int32, 0_int32, periodic)
         structure%periodic = c_loc(flags)
      end if
      labels%size = c_sizeof(labels)
      if (present(energy)) labels%energy = c_loc(energy)
      if (present(forces)) then
         if (size(forces) > 0) labels%forces = c_loc(forces)
      end if
      if (present(virial)) labels%virial = c_loc(virial)
      if (present(weights)) labels%weights = c_loc(weights)
      if (present(atom_weights)) then
         if (size(atom_weights) > 0) labels%atom_weights = c_loc(atom_weights)
      end if
      if (present(head)) then
         head_text = trim(head)//c_null_char
         labels%head = c_loc(head_text)
      end if
      if (present(config_type)) then
         type_text = trim(config_type)//c_null_char
         labels%config_type = c_loc(type_text)
      end if
      call report(c_dataset_add(self%handle, structure, labels), status, message)
   end subroutine dataset_add

   !> The number of structures; -1 without a data set.
   function dataset_count(self) result(value)
      class(hone_dataset), intent(in) :: self
      integer(int64) :: value
      value = c_dataset_count(self%handle)
   end function dataset_count

   !> Begins a run of training; one held before is freed. Structures and model are copied.
   subroutine trainer_make(self, training, validation, model, configuration, status, message)
      class(hone_trainer), intent(inout) :: self
      !> Structures to train on
      type(hone_dataset), intent(in) :: training
      !> Structures to validate with; absent for a part of the others
      type(hone_dataset), intent(in), optional :: validation
      !> The model to begin with; absent for one that the configuration describes
      type(hone_model), intent(in), optional :: model
      !> JSON, as hone.h describes it
      character(len=*), intent(in), optional :: configuration
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(c_ptr) :: first, kept
      call self%free()
      first = c_null_ptr
      if (present(model)) then
         first = model%handle
         if (.not. c_associated(first)) then
            call report(hone_invalid_argument, status, message, "model holds none: load one first")
            return
         end if
      end if
      kept = c_null_ptr
      if (present(validation)) then
         kept = validation%handle
         if (.not. c_associated(kept)) then
            call report(hone_invalid_argument, status, message, "validation holds nothing: make it first")
            return
         end if
      end if
      if (present(configuration)) then
         call report(c_trainer_new(first, training%handle, kept, trim(configuration)//c_null_char, &
            self%handle), status, message)
      else
         call report(c_trainer_new(first, training%handle, kept, trainer=self%handle), status, message)
      end if
   end subroutine trainer_make

   !> Releases the run; does nothing when there is none.
   subroutine trainer_free(self)
      class(hone_trainer), intent(inout) :: self
      call c_trainer_free(self%handle)
      self%handle = c_null_ptr
   end subroutine trainer_free

   subroutine trainer_finalize(self)
      type(hone_trainer), intent(inout) :: self
      call self%free()
   end subroutine trainer_finalize

   !> Makes one step; the last one of an epoch also validates.
   subroutine trainer_step(self, status, message)
      class(hone_trainer), intent(inout) :: self
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_trainer_step(self%handle), status, message)
   end subroutine trainer_step

   !> Makes steps until the run is done. With an observer that asks to stop the status is
   !> hone_cancelled, which ends no program.
   subroutine trainer_run(self, observer, context, status, message)
      class(hone_trainer), intent(inout) :: self
      procedure(hone_training_observer), optional :: observer
      !> Handed to the observer as it is
      type(c_ptr), intent(in), optional :: context
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(c_funptr) :: watcher
      type(c_ptr) :: anything
      integer(int32) :: result
      watcher = c_null_funptr
      if (present(observer)) watcher = c_funloc(observer)
      anything = c_null_ptr
      if (present(context)) anything = context
      result = c_trainer_run(self%handle, watcher, anything)
      if (result == hone_cancelled .and. .not. present(status)) return
      call report(result, status, message)
   end subroutine trainer_run

   !> Tells how a run stands.
   subroutine trainer_progress(self, progress, status, message)
      class(hone_trainer), intent(in) :: self
      type(hone_training_progress), intent(out) :: progress
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      progress%size = c_sizeof(progress)
      call report(c_trainer_progress(self%handle, progress), status, message)
   end subroutine trainer_progress

   !> The errors of the best parameters so far on a data set or, without one, on what the run validates
   !> with.
   subroutine trainer_evaluate(self, errors, dataset, status, message)
      class(hone_trainer), intent(inout) :: self
      type(hone_errors), intent(out) :: errors
      type(hone_dataset), intent(in), optional :: dataset
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(c_ptr) :: frames
      errors%size = c_sizeof(errors)
      frames = c_null_ptr
      if (present(dataset)) then
         frames = dataset%handle
         if (.not. c_associated(frames)) then
            call report(hone_invalid_argument, status, message, "dataset holds nothing: make it first")
            return
         end if
      end if
      call report(c_trainer_evaluate(self%handle, frames, errors), status, message)
   end subroutine trainer_evaluate

   !> The model with the best parameters so far; one that `model` held before is freed.
   subroutine trainer_model(self, model, status, message)
      class(hone_trainer), intent(in) :: self
      type(hone_model), intent(inout) :: model
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call model%free()
      call report(c_trainer_model(self%handle, model%handle), status, message)
   end subroutine trainer_model

   !> Writes a checkpoint.
   subroutine trainer_save(self, path, status, message)
      class(hone_trainer), intent(in) :: self
      character(len=*), intent(in) :: path
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_trainer_save(self%handle, trim(path)//c_null_char), status, message)
   end subroutine trainer_save

   !> Goes on from a checkpoint.
   subroutine trainer_restore(self, path, status, message)
      class(hone_trainer), intent(inout) :: self
      character(len=*), intent(in) :: path
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call report(c_trainer_restore(self%handle, trim(path)//c_null_char), status, message)
   end subroutine trainer_restore

   !> Makes a potential by its name, such as "gfn2-xtb" or "lj+zbl", or by JSON; one held before is freed.
   subroutine potential_make(self, name, status, message)
      class(hone_potential), intent(inout) :: self
      character(len=*), intent(in) :: name
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      call self%free()
      call report(c_potential_new(trim(name)//c_null_char, self%handle), status, message)
   end subroutine potential_make

   !> Releases the potential; does nothing when there is none.
   subroutine potential_free(self)
      class(hone_potential), intent(inout) :: self
      call c_potential_free(self%handle)
      self%handle = c_null_ptr
   end subroutine potential_free

   subroutine potential_finalize(self)
      type(hone_potential), intent(inout) :: self
      call self%free()
   end subroutine potential_finalize

   !> Computes the energy of a structure and its derivatives.
   subroutine potential_compute(self, atomic_numbers, positions, cell, periodic, charge, multiplicity, &
      energy, forces, virial, status, message)
      class(hone_potential), intent(in) :: self
      !> Atomic numbers
      integer(int32), contiguous, intent(in), target :: atomic_numbers(:)
      !> Positions in Å, (3, n_atoms)
      real(real64), contiguous, intent(in), target :: positions(:, :)
      !> Cell vectors as columns in Å; absent for a molecule
      real(real64), intent(in), optional, target :: cell(3, 3)
      !> Which cell vectors are periods; absent means all of them
      logical, intent(in), optional :: periodic(3)
      !> The total charge in e; absent means 0
      real(real64), intent(in), optional :: charge
      !> 2S + 1; absent means the lowest there is
      integer(int32), intent(in), optional :: multiplicity
      !> Energy in eV
      real(real64), intent(out), optional :: energy
      !> Forces in eV/Å, (3, n_atoms)
      real(real64), contiguous, intent(out), optional :: forces(:, :)
      !> Virial -dE/d(strain) in eV
      real(real64), intent(out), optional :: virial(3, 3)
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(hone_structure) :: structure
      integer(c_int32_t), target :: flags(3)
      if (.not. shapes_agree(size(atomic_numbers), positions, forces)) then
         call report(hone_invalid_argument, status, message, shapes)
         return
      end if
      structure%size = c_sizeof(structure)
      structure%n_atoms = size(atomic_numbers, kind=int64)
      if (size(atomic_numbers) > 0) then
         structure%atomic_numbers = c_loc(atomic_numbers)
         structure%positions = c_loc(positions)
      end if
      if (present(cell)) structure%cell = c_loc(cell)
      if (present(periodic)) then
         flags(:) = merge(1_c_int32_t, 0_c_int32_t, periodic)
         structure%periodic = c_loc(flags)
      end if
      if (present(charge)) structure%charge = charge
      if (present(multiplicity)) structure%multiplicity = multiplicity
      call report(c_potential_compute(self%handle, structure, energy, forces, virial), status, message)
   end subroutine potential_compute

   !> Makes a model with the radius that suits structures, which lie one after the other in all arrays; n
   !> is the number of atoms of all. A model that `refined` held before is freed.
   subroutine model_refine_radius(self, n_atoms, atomic_numbers, positions, refined, choice, cells, &
      periodic, options, status, message)
      class(hone_model), intent(in) :: self
      !> The number of atoms of each structure; none where the options have a "radius"
      integer(int64), intent(in) :: n_atoms(:)
      !> Atomic numbers, (n)
      integer(int32), contiguous, intent(in), target :: atomic_numbers(:)
      !> Positions in Å, (3, n)
      real(real64), contiguous, intent(in), target :: positions(:, :)
      !> Absent where the choice alone is wanted
      type(hone_model), intent(inout), optional :: refined
      type(hone_radius_choice), intent(out), optional :: choice
      !> Cell vectors as columns in Å, (3, 3, n_structures); absent for molecules
      real(real64), contiguous, intent(in), optional, target :: cells(:, :, :)
      !> Which cell vectors are periods, (3, n_structures); absent means all of them
      logical, intent(in), optional :: periodic(:, :)
      !> JSON, as hone.h describes it
      character(len=*), intent(in), optional :: options
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(hone_structure), allocatable :: structures(:)
      integer(c_int32_t), allocatable, target :: flags(:, :)
      character(kind=c_char), allocatable :: text(:)
      type(c_ptr), allocatable :: made
      integer(int32) :: result
      if (.not. structures_agree(n_atoms, atomic_numbers, positions, cells, periodic)) then
         call report(hone_invalid_argument, status, message, list_shapes)
         return
      end if
      allocate (flags(3, size(n_atoms)))
      call borrow(structures, flags, n_atoms, atomic_numbers, positions, cells, periodic)
      ! Unallocated actual arguments count as absent ones.
      if (present(options)) text = characters(options)
      if (present(refined)) allocate (made)
      if (present(choice)) choice%size = c_sizeof(choice)
      result = c_refine_radius(self%handle, size(n_atoms, kind=int64), structures, text, choice, made)
      if (present(refined)) then
         call refined%free()
         if (result == hone_success) refined%handle = made
      end if
      call report(result, status, message)
   end subroutine model_refine_radius

   !> Adapts the weights to structures, which lie one after the other in all arrays, by labels of one
   !> prior: a potential, a model, or a function. A model that `refined` held before is freed. With an
   !> observer that asks to stop the status is hone_cancelled, which ends no program; there is no model
   !> then.
   subroutine model_refine_weights(self, n_atoms, atomic_numbers, positions, refined, potential, &
      prior_model, prior, context, replay, refinement, cells, periodic, charges, multiplicities, options, &
      observer, observer_context, status, message)
      class(hone_model), intent(in) :: self
      !> The number of atoms of each structure
      integer(int64), intent(in) :: n_atoms(:)
      !> Atomic numbers, (n)
      integer(int32), contiguous, intent(in), target :: atomic_numbers(:)
      !> Positions in Å, (3, n)
      real(real64), contiguous, intent(in), target :: positions(:, :)
      type(hone_model), intent(inout) :: refined
      !> What labels the structures: one of these three
      type(hone_potential), intent(in), optional :: potential
      type(hone_model), intent(in), optional :: prior_model
      procedure(hone_prior), optional :: prior
      !> Handed to the function as it is
      type(c_ptr), intent(in), optional :: context
      !> Structures that the model was trained on; absent for those that it carries
      type(hone_dataset), intent(in), optional :: replay
      !> What it came to
      type(hone_refinement), intent(out), optional :: refinement
      !> Cell vectors as columns in Å, (3, 3, n_structures); absent for molecules
      real(real64), contiguous, intent(in), optional, target :: cells(:, :, :)
      !> Which cell vectors are periods, (3, n_structures); absent means all of them
      logical, intent(in), optional :: periodic(:, :)
      !> Total charges in e, and 2S + 1, (n_structures)
      real(real64), intent(in), optional :: charges(:)
      integer(int32), intent(in), optional :: multiplicities(:)
      !> JSON, as hone.h describes it
      character(len=*), intent(in), optional :: options
      procedure(hone_refinement_observer), optional :: observer
      !> Handed to the observer as it is
      type(c_ptr), intent(in), optional :: observer_context
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      type(hone_structure), allocatable :: structures(:)
      integer(c_int32_t), allocatable, target :: flags(:, :)
      character(kind=c_char), allocatable :: text(:)
      type(c_funptr) :: labeller, watcher
      type(c_ptr) :: prior_context, frames, anything, made
      integer(int32) :: result
      logical :: fits
      fits = structures_agree(n_atoms, atomic_numbers, positions, cells, periodic)
      if (present(charges)) fits = fits .and. size(charges) == size(n_atoms)
      if (present(multiplicities)) fits = fits .and. size(multiplicities) == size(n_atoms)
      if (.not. fits) then
         call report(hone_invalid_argument, status, message, list_shapes // &
            ", charges and multiplicities (m)")
         return
      end if
      if (count([present(potential), present(prior_model), present(prior)]) /= 1) then
         call report(hone_invalid_argument, status, message, &
            "one of potential, prior_model and prior must be there")
         return
      end if
      prior_context = c_null_ptr
      if (present(context)) prior_context = context
      if (present(prior)) labeller = c_funloc(prior)
      if (present(potential)) then
         labeller = c_funloc(c_potential_prior)
         prior_context = potential%handle
      end if
      if (present(prior_model)) then
         labeller = c_funloc(c_model_prior)
         prior_context = prior_model%handle
      end if
      if (.not. (present(prior) .or. c_associated(prior_context))) then
         call report(hone_invalid_argument, status, message, "the prior holds nothing: make or load it first")
         return
      end if
      frames = c_null_ptr
      if (present(replay)) then
         frames = replay%handle
         if (.not. c_associated(frames)) then
            call report(hone_invalid_argument, status, message, "replay holds nothing: make it first")
            return
         end if
      end if
      watcher = c_null_funptr
      if (present(observer)) watcher = c_funloc(observer)
      anything = c_null_ptr
      if (present(observer_context)) anything = observer_context
      allocate (flags(3, size(n_atoms)))
      call borrow(structures, flags, n_atoms, atomic_numbers, positions, cells, periodic)
      if (present(charges)) structures(:)%charge = charges
      if (present(multiplicities)) structures(:)%multiplicity = multiplicities
      ! An unallocated actual argument counts as an absent one.
      if (present(options)) text = characters(options)
      if (present(refinement)) refinement%size = c_sizeof(refinement)
      result = c_refine_weights(self%handle, size(n_atoms, kind=int64), structures, labeller, &
         prior_context, frames, text, watcher, anything, refinement, made)
      call refined%free()
      if (result == hone_success) refined%handle = made
      if (result == hone_cancelled .and. .not. present(status)) return
      call report(result, status, message)
   end subroutine model_refine_weights

   !> The domain with its size, which hosts need not know.
   pure type(hone_domain) function sized(domain)
      type(hone_domain), intent(in) :: domain
      sized = domain
      sized%size = c_sizeof(sized)
   end function sized

   !> Whether arrays hold what a domain has.
   pure logical function fits(domain, forces, atom_energies, atom_virials)
      type(hone_domain), intent(in) :: domain
      real(real64), intent(in), optional :: forces(:, :), atom_energies(:), atom_virials(:, :, :)
      fits = .true.
      if (present(forces)) fits = size(forces, 1) == 3 .and. &
         size(forces, 2, int64) == domain%n_local + domain%n_ghost
      if (present(atom_energies)) fits = fits .and. size(atom_energies, kind=int64) == domain%n_local
      if (present(atom_virials)) fits = fits .and. size(atom_virials, 1) == 3 .and. &
         size(atom_virials, 2) == 3 .and. size(atom_virials, 3, int64) == domain%n_local
   end function fits

   !> Whether arrays hold what n atoms have.
   pure logical function shapes_agree(n, positions, forces, atom_energies, atom_virials) &
      result(agree)
      integer, intent(in) :: n
      real(real64), intent(in) :: positions(:, :)
      real(real64), intent(in), optional :: forces(:, :), atom_energies(:), atom_virials(:, :, :)
      agree = all(shape(positions) == [3, n])
      if (present(forces)) agree = agree .and. all(shape(forces) == [3, n])
      if (present(atom_energies)) agree = agree .and. size(atom_energies) == n
      if (present(atom_virials)) agree = agree .and. all(shape(atom_virials) == [3, 3, n])
   end function shapes_agree

   !> Whether arrays hold what structures have that lie one after the other.
   pure logical function structures_agree(n_atoms, atomic_numbers, positions, cells, periodic) &
      result(agree)
      integer(int64), intent(in) :: n_atoms(:)
      integer(int32), intent(in) :: atomic_numbers(:)
      real(real64), intent(in) :: positions(:, :)
      real(real64), intent(in), optional :: cells(:, :, :)
      logical, intent(in), optional :: periodic(:, :)
      agree = all(n_atoms >= 0) .and. sum(n_atoms) == size(atomic_numbers, kind=int64) .and. &
         all(shape(positions) == [3, size(atomic_numbers)])
      if (present(cells)) agree = agree .and. all(shape(cells) == [3, 3, size(n_atoms)])
      if (present(periodic)) agree = agree .and. all(shape(periodic) == [3, size(n_atoms)])
   end function structures_agree

   !> Structures as hone.h has them, whose arrays agree; they live as long as the arrays, flags included.
   subroutine borrow(structures, flags, n_atoms, atomic_numbers, positions, cells, periodic)
      type(hone_structure), allocatable, intent(out) :: structures(:)
      !> (3, n_structures), written where `periodic` is there
      integer(c_int32_t), contiguous, intent(inout), target :: flags(:, :)
      integer(int64), intent(in) :: n_atoms(:)
      integer(int32), contiguous, intent(in), target :: atomic_numbers(:)
      real(real64), contiguous, intent(in), target :: positions(:, :)
      real(real64), contiguous, intent(in), optional, target :: cells(:, :, :)
      logical, intent(in), optional :: periodic(:, :)
      integer(int64) :: first
      integer :: k
      allocate (structures(size(n_atoms)))
      if (present(periodic)) flags(:, :) = merge(1_c_int32_t, 0_c_int32_t, periodic)
      first = 1
      do k = 1, size(n_atoms)
         structures(k)%size = c_sizeof(structures(k))
         structures(k)%n_atoms = n_atoms(k)
         if (n_atoms(k) > 0) then
            structures(k)%atomic_numbers = c_loc(atomic_numbers(first))
            structures(k)%positions = c_loc(positions(1, first))
         end if
         if (present(cells)) structures(k)%cell = c_loc(cells(1, 1, k))
         if (present(periodic)) structures(k)%periodic = c_loc(flags(1, k))
         first = first + n_atoms(k)
      end do
   end subroutine borrow

   !> A text as C has it.
   pure function characters(text) result(array)
      character(len=*), intent(in) :: text
      character(kind=c_char), allocatable :: array(:)
      integer :: i
      allocate (array(len_trim(text) + 1))
      do i = 1, len_trim(text)
         array(i) = text(i:i)
      end do
      array(len_trim(text) + 1) = c_null_char
   end function characters

   !> Hands a result to the caller, or ends the program when the caller does not want failures.
   subroutine report(result, status, message, text)
      integer(int32), intent(in) :: result
      integer(int32), intent(out), optional :: status
      character(len=*), intent(inout), optional :: message
      !> The sentence, when the failure is not the library's
      character(len=*), intent(in), optional :: text
      character(len=:), allocatable :: sentence
      sentence = ""
      if (result /= hone_success) sentence = hone_last_error()
      if (present(text)) sentence = text
      if (present(message) .and. result /= hone_success) message = sentence
      if (present(status)) then
         status = result
      else if (result /= hone_success) then
         write (error_unit, '(2a)') "hone: ", sentence
         error stop 1
      end if
   end subroutine report

   !> A Fortran copy of a C string.
   function copy(text) result(characters)
      type(c_ptr), intent(in) :: text
      character(len=:), allocatable :: characters
      character(kind=c_char), pointer :: source(:)
      integer :: i, length
      characters = ""
      if (.not. c_associated(text)) return
      length = int(c_strlen(text))
      call c_f_pointer(text, source, [length])
      deallocate (characters)
      allocate (character(len=length) :: characters)
      do i = 1, length
         characters(i:i) = source(i)
      end do
   end function copy

end module hone
