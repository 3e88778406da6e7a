! SPDX-License-Identifier: MIT
!> Gives a model the radius that suits a molecule unlike those it was trained on.
!>
!>   gfortran refine.f90 $(pkg-config --cflags --libs hone-fortran) -o refine
!>   ./refine MODEL MOLECULE.xyz OUTPUT.safetensors [OPTIONS]
!>
!> OPTIONS are JSON, such as '{"mode": "paper"}' or '{"radius": 4.5}'; docs/refinement.md has all keys.
program refine_radius_of_file
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, int64, real64
   use hone, only : hone_diagnosis, hone_float64, hone_model, hone_radius_choice, hone_radius_given, &
      hone_radius_refined, hone_success
   implicit none

   character(len=2), parameter :: symbols(18) = [character(len=2) :: "H", "He", "Li", "Be", "B", "C", &
      "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar"]

   type(hone_model) :: base, refined
   type(hone_diagnosis) :: diagnosis
   type(hone_radius_choice) :: choice
   character(len=4096) :: model_path, structure_path, output, options
   integer(int32), allocatable :: atomic_numbers(:)
   real(real64), allocatable :: positions(:, :)
   real(real64) :: before, after
   integer(int32) :: status
   character(len=1024) :: message

   if (command_argument_count() < 3 .or. command_argument_count() > 4) then
      write (error_unit, '(a)') "usage: refine MODEL MOLECULE.xyz OUTPUT.safetensors [OPTIONS]"
      stop 2, quiet=.true.
   end if
   call get_command_argument(1, model_path)
   call get_command_argument(2, structure_path)
   call get_command_argument(3, output)
   options = "{}"
   if (command_argument_count() == 4) call get_command_argument(4, options)
   call read_xyz(trim(structure_path))

   call base%load(model_path, status, message)
   call check()
   call base%set_precision(hone_float64)
   call base%diagnose(atomic_numbers, positions, diagnosis, status=status, message=message)
   call check()
   write (*, '(a, l1, a, f0.3)') "shifted ", diagnosis%is_shifted /= 0, ", descriptor distance ", &
      diagnosis%largest_distance
   call base%refine_radius([size(atomic_numbers, kind=int64)], atomic_numbers, positions, refined, choice, &
      options=options, status=status, message=message)
   call check()
   write (*, '(a, f0.4, a)') "radius before ", choice%training_radius, " A"
   write (*, '(a, f0.4, a)', advance="no") "radius after ", choice%radius, " A"
   select case (choice%reason)
   case (hone_radius_refined)
      write (*, '(a)') ""
   case (hone_radius_given)
      write (*, '(a)') " (given)"
   case default
      write (*, '(a)') " (as it was)"
   end select
   ! Without `status` a failure ends the program with the library's sentence.
   call base%compute(atomic_numbers, positions, energy=before)
   call refined%compute(atomic_numbers, positions, energy=after)
   write (*, '(a, f18.8, a)') "energy before ", before, " eV"
   write (*, '(a, f18.8, a)') "energy after  ", after, " eV"
   call refined%save(output)

contains

   !> Reads the first molecule; elements and positions must be the first columns.
   subroutine read_xyz(path)
      character(len=*), intent(in) :: path
      character(len=8) :: symbol
      integer :: unit, count, atom, error
      open (newunit=unit, file=path, status="old", action="read", iostat=error)
      if (error == 0) read (unit, *, iostat=error) count
      if (error == 0) read (unit, *, iostat=error)
      if (error /= 0) call refuse(path)
      allocate (atomic_numbers(count), positions(3, count))
      do atom = 1, count
         read (unit, *, iostat=error) symbol, positions(:, atom)
         if (error /= 0) call refuse(path)
         atomic_numbers(atom) = findloc(symbols, symbol(1:2), dim=1)
      end do
      close (unit)
   end subroutine read_xyz

   subroutine check()
      if (status == hone_success) return
      write (error_unit, '(a)') trim(message)
      stop 1, quiet=.true.
   end subroutine check

   subroutine refuse(path)
      character(len=*), intent(in) :: path
      write (error_unit, '(2a)') path, " is not an XYZ file that starts with elements and positions"
      stop 1, quiet=.true.
   end subroutine refuse

end program refine_radius_of_file
