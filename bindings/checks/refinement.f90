! SPDX-License-Identifier: MIT
!> Priors of every kind, and both refinements, from Fortran.
!>
!>   ./refinement TWO-HEADS.safetensors REFINED.safetensors
module refinement_functions
   use, intrinsic :: iso_c_binding, only : c_double, c_f_pointer, c_int32_t, c_ptr, c_sizeof
   use hone, only : hone_refinement_progress, hone_refinement_steps, hone_structure
   implicit none
contains
   !> Springs between all atoms.
   function springs(context, structure, energy, forces, virial) result(status) bind(c)
      type(c_ptr), value :: context
      type(hone_structure), intent(in) :: structure
      real(c_double), intent(out) :: energy, forces(3, *)
      real(c_double), intent(out), optional :: virial(3, 3)
      integer(c_int32_t) :: status
      integer(c_int32_t), pointer :: calls
      real(c_double), pointer :: positions(:, :)
      real(c_double) :: d(3)
      integer :: i, j, n
      call c_f_pointer(context, calls)
      calls = calls + 1
      n = int(structure%n_atoms)
      call c_f_pointer(structure%positions, positions, [3, n])
      energy = 0
      forces(:, :n) = 0
      do i = 1, n
         do j = 1, i - 1
            d = positions(:, j) - positions(:, i)
            energy = energy + 0.05_c_double * sum(d**2)
            forces(:, i) = forces(:, i) + 0.1_c_double * d
            forces(:, j) = forces(:, j) - 0.1_c_double * d
         end do
      end do
      if (present(virial)) virial = 0
      ! It must be the library's structure, and molecules of no charge.
      status = 1
      if (structure%size == c_sizeof(structure) .and. abs(structure%charge) <= 0) status = 0
   end function springs

   !> Fails.
   function failing(context, structure, energy, forces, virial) result(status) bind(c)
      type(c_ptr), value :: context
      type(hone_structure), intent(in) :: structure
      real(c_double), intent(out) :: energy, forces(3, *)
      real(c_double), intent(out), optional :: virial(3, 3)
      integer(c_int32_t) :: status
      integer(c_int32_t), pointer :: calls
      call c_f_pointer(context, calls)
      calls = calls + 1
      energy = 0
      forces(:, :structure%n_atoms) = 0
      if (present(virial)) virial = 0
      status = 5
   end function failing

   !> Counts calls, and asks to stop at the third step.
   function stop_at_third(context, progress) result(stop) bind(c)
      type(c_ptr), value :: context
      type(hone_refinement_progress), intent(in) :: progress
      integer(c_int32_t) :: stop
      integer(c_int32_t), pointer :: calls
      call c_f_pointer(context, calls)
      calls = calls + 1
      stop = merge(1_c_int32_t, 0_c_int32_t, progress%stage == hone_refinement_steps .and. &
         progress%done == 3 .and. progress%size == c_sizeof(progress))
   end function stop_at_third
end module refinement_functions

program refinement
   use, intrinsic :: iso_c_binding, only : c_int32_t, c_loc, c_sizeof
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, int64, real64
   use, intrinsic :: ieee_arithmetic, only : ieee_is_nan
   use hone
   use refinement_functions, only : failing, springs, stop_at_third
   implicit none
   integer, parameter :: count = 6, atoms = 6, n = count * atoms
   character(len=*), parameter :: paper = &
      '{"preset": "paper", "steps": 2, "checks_prior": false}'
   type(hone_model) :: base, refined, again
   type(hone_potential) :: potential, nothing
   type(hone_dataset) :: replay
   type(hone_radius_choice) :: choice, found
   type(hone_refinement) :: report
   type(hone_refinement_progress) :: progress
   type(hone_structure) :: structure
   character(len=512) :: path, output, message
   integer(c_int32_t), target :: calls, told
   integer(int64) :: sizes(count)
   integer(int32) :: numbers(n), status
   integer :: failures = 0, i, j
   real(real64) :: positions(3, n), moved(3, atoms), forces(3, atoms), energy, above, below, before, radius
   if (command_argument_count() /= 2) stop 2
   call get_command_argument(1, path)
   call get_command_argument(2, output)
   sizes = atoms
   do i = 1, n
      j = modulo(i - 1, atoms)
      numbers(i) = merge(1, 8, modulo(j, 3) == 2)
      positions(:, i) = 1.35_real64 * [ibits(j, 0, 1), ibits(j, 1, 1), ibits(j, 2, 1)] + &
         0.1_real64 * sin([7.0_real64, 8.0_real64, 9.0_real64] * i)
   end do

   call expect(c_sizeof(structure) == 64 .and. c_sizeof(choice) == 1064 .and. c_sizeof(progress) == 40 &
      .and. c_sizeof(report) == 136, "derived types have the sizes of hone.h")
   call potential%make("lj")
   moved = positions(:, :atoms)
   call potential%compute(numbers(:atoms), moved, forces=forces)
   moved(2, 3) = positions(2, 3) + 1e-4_real64
   call potential%compute(numbers(:atoms), moved, energy=above)
   moved(2, 3) = positions(2, 3) - 1e-4_real64
   call potential%compute(numbers(:atoms), moved, energy=below)
   call expect(abs((below - above) / 2e-4_real64 - forces(2, 3)) < 1e-4_real64 * (1 + abs(forces(2, 3))), &
      "forces are differences of the energy")
   call potential%compute(numbers, moved, energy=energy, status=status)
   call expect(status == hone_invalid_argument, "wrong shapes are refused")
   call potential%make("gfn2-xtb")
   call potential%compute(numbers(:atoms), moved, energy=below, status=status, message=message)
   if (status == hone_unsupported) then
      write (*, '(3a)') "skipped: gfn2-xtb (", trim(message), ")"
   else
      call potential%compute(numbers(:atoms), moved, charge=1.0_real64, multiplicity=2_int32, energy=above)
      call expect(above > below + 1, "a charge counts")
   end if
   call potential%make("morse", status=status, message=message)
   call expect(status == hone_invalid_argument .and. index(message, "zbl") > 0, "a name that there is not")
   call potential%make("zbl")

   call base%load(path)
   call base%set_precision(hone_float64)
   before = energy_of(base)
   call base%refine_radius([integer(int64) ::], [integer(int32) ::], positions(:, :0), refined, choice, &
      options='{"radius": 3}')
   radius = refined%cutoff()
   call expect(choice%reason == hone_radius_given .and. same(radius, 3.0_real64), "a given radius")
   call base%refine_radius(sizes, numbers, positions, refined, choice)
   call base%refine_radius(sizes, numbers, positions, choice=found)
   radius = refined%cutoff()
   call expect(choice%n_candidates > 0 .and. same(choice%radius, radius) .and. &
      same(choice%radius, found%radius) .and. same(choice%training_radius, 4.0_real64), "a chosen radius")
   call base%refine_radius(sizes, numbers(:5), positions, refined, status=status, message=message)
   call expect(status == hone_invalid_argument, "sizes that do not add up")
   call base%refine_radius(sizes, numbers, positions, refined, options='{"modes": 1}', status=status)
   radius = refined%cutoff()
   call expect(status == hone_format_error .and. ieee_is_nan(radius), "a misspelt option gives no model")

   calls = 0
   call base%refine_weights(sizes, numbers, positions, refined, prior=springs, context=c_loc(calls), &
      refinement=report, options=paper)
   call expect(report%n_steps == 2 .and. report%accepted /= 0 .and. report%n_structures == count .and. &
      calls >= count, "a function is a prior")
   call refined%save(output)
   call again%load(output)
   call again%set_precision(hone_float64)
   energy = energy_of(again)
   call expect(.not. same(energy, before), "the refined model is another one")
   call expect(same(energy, energy_of(refined)), "the refined model is saved and loaded")
   call base%refine_weights(sizes, numbers, positions, refined, potential=potential, options=paper)
   call base%refine_weights(sizes, numbers, positions, refined, prior_model=base, options=paper, &
      refinement=report)
   call expect(report%n_steps == 2, "potentials and models are priors")
   call replay%make()
   call replay%add(numbers(:atoms), positions(:, :atoms), energy=before, head="main")
   call base%refine_weights(sizes, numbers, positions, refined, potential=potential, replay=replay, &
      options=paper, refinement=report)
   call expect(report%n_replay == 1, "a structure is replayed")
   told = 0
   call base%refine_weights(sizes, numbers, positions, refined, potential=potential, &
      options='{"preset": "paper", "checks_prior": false}', observer=stop_at_third, observer_context=c_loc(told))
   call expect(told == count + 3, "an observer stops it, which is no failure")
   calls = 0
   call base%refine_weights(sizes, numbers, positions, refined, prior=failing, context=c_loc(calls), &
      status=status, message=message)
   call expect(status == hone_callback_error .and. calls == 1 .and. index(message, "returned 5") > 0, &
      "a prior that fails")
   call base%refine_weights(sizes, numbers, positions, refined, status=status, message=message)
   call expect(status == hone_invalid_argument .and. index(message, "prior") > 0, "no prior")
   call base%refine_weights(sizes, numbers, positions, refined, potential=nothing, status=status)
   call expect(status == hone_invalid_argument, "a potential that holds nothing")
   call base%refine_weights(sizes, numbers, positions, refined, potential=potential, &
      charges=[1.0_real64], status=status)
   call expect(status == hone_invalid_argument, "too few charges")
   call expect(same(energy_of(base), before), "the base is as it was")
   if (failures > 0) error stop 1

contains

   function energy_of(model) result(value)
      type(hone_model), intent(in) :: model
      real(real64) :: value
      call model%compute(numbers(:atoms), positions(:, :atoms), energy=value)
   end function energy_of

   pure logical function same(a, b)
      real(real64), intent(in) :: a, b
      same = a <= b .and. a >= b
   end function same

   subroutine expect(condition, what)
      logical, intent(in) :: condition
      character(len=*), intent(in) :: what
      if (condition) return
      write (error_unit, '(4a)') "refinement: ", what, "; last error: ", hone_last_error()
      failures = failures + 1
   end subroutine expect

end program refinement
