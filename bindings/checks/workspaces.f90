! SPDX-License-Identifier: MIT
!> Workspaces, batches and the choice of the evaluator from Fortran.
!>
!>   ./workspaces MODEL Z1 Z2
program workspaces
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, int64, real64
   use hone, only : hone_evaluator_reference, hone_invalid_argument, hone_model, hone_success, &
      hone_unknown_species, hone_workspace
   implicit none

   integer, parameter :: count = 6
   type(hone_model) :: model
   type(hone_workspace) :: workspace
   integer(int64), parameter :: n_atoms(count) = [3_int64, 1_int64, 0_int64, 3_int64, 2_int64, &
      3_int64]
   integer, parameter :: n = 12
   integer(int32) :: numbers(n), elements(2), status
   real(real64) :: positions(3, n), cells(3, 3, count), energies(count), forces(3, n)
   real(real64) :: virials(3, 3, count), atom_energies(n), atom_virials(3, 3, n)
   real(real64) :: energy, force(3, 3), virial(3, 3)
   logical :: periodic(3, count)
   character(len=4096) :: path, word
   character(len=1024) :: message
   integer :: atom, first, k, last, failures

   failures = 0
   call get_command_argument(1, path)
   do k = 1, 2
      call get_command_argument(1 + k, word)
      read (word, *) elements(k)
   end do
   do atom = 1, n
      numbers(atom) = elements(1 + mod(atom, 2))
      positions(:, atom) = [1.3_real64 * mod(atom, 3), 0.1_real64 * atom, 0.07_real64 * atom]
   end do
   cells = 0
   do k = 1, 3
      cells(k, k, :) = 5
   end do
   periodic = .true.
   periodic(2, 4) = .false.
   periodic(:, 5) = .false.

   call model%load(path)
   call workspace%make(model)
   call workspace%set_skin(1.0_real64)
   call model%set_thread_count(2)
   call model%compute_batch(n_atoms, numbers, positions, cells, periodic, energies, forces, virials, &
      atom_energies, atom_virials)
   call expect(model%table_error() > 0, "there are tables")
   call expect(model%fallback() == "", "the compiled evaluator did it")
   first = 1
   do k = 1, count
      last = first + int(n_atoms(k)) - 1
      call workspace%compute(numbers(first:last), positions(:, first:last), cells(:, :, k), &
         periodic(:, k), energy=energy, forces=force(:, :last - first + 1), virial=virial)
      call expect(.not. (energy < energies(k) .or. energy > energies(k)), "energies are equal")
      call expect(equal(force(:, :last - first + 1), forces(:, first:last)), "forces are equal")
      call expect(equal(virial, virials(:, :, k)), "virials are equal")
      call expect(abs(sum(atom_energies(first:last)) - energy) < 1e-9, "energies of atoms sum")
      first = last + 1
   end do
   call expect(workspace%fallback() == "", "the compiled evaluator did that too")

   call model%compute_batch(n_atoms + 1, numbers, positions, status=status)
   call expect(status == hone_invalid_argument, "counts that do not sum are refused")
   numbers(5) = 92
   call model%compute_batch(n_atoms, numbers, positions, status=status, message=message)
   call expect(status == hone_unknown_species, "an unknown element is refused")
   call expect(index(message, "structures[3]: atomic_numbers[0] is 92") == 1, "and found")
   call workspace%set_skin(-1.0_real64, status)
   call expect(status == hone_invalid_argument, "a negative skin is refused")
   call model%set_table_tolerance(1.0_real64, status)
   call expect(status == hone_invalid_argument, "a tolerance of one is refused")
   call model%set_evaluator(hone_evaluator_reference)
   call model%compute(numbers(:3), positions(:, :3), energy=energy, status=status)
   call expect(status == hone_success, "the reference evaluator computes")
   call expect(model%fallback() /= "", "and says so")
   call workspace%free()
   call workspace%compute(numbers(:3), positions(:, :3), energy=energy, status=status)
   call expect(status == hone_invalid_argument, "a workspace that was freed is refused")
   if (failures > 0) stop 1, quiet=.true.

contains

   subroutine expect(condition, what)
      logical, intent(in) :: condition
      character(len=*), intent(in) :: what
      if (condition) return
      write (error_unit, '(2a)') "workspaces: ", what
      failures = failures + 1
   end subroutine expect

   pure logical function equal(a, b)
      real(real64), intent(in) :: a(:, :), b(:, :)
      equal = .not. any(a < b .or. a > b)
   end function equal

end program workspaces
