! SPDX-License-Identifier: MIT
!> Energy and forces of a structure in a file.
!>
!>   gfortran energy.f90 $(pkg-config --cflags --libs hone-fortran) -o energy
!>   ./energy MODEL STRUCTURE.xyz
program energy_of_file
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, real64
   use hone, only : hone_float64, hone_model, hone_success
   implicit none

   character(len=2), parameter :: symbols(94) = [character(len=2) :: "H", "He", "Li", "Be", "B", &
      "C", "N", "O", "F", "Ne", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "Ar", "K", "Ca", "Sc", &
      "Ti", "V", "Cr", "Mn", "Fe", "Co", "Ni", "Cu", "Zn", "Ga", "Ge", "As", "Se", "Br", "Kr", &
      "Rb", "Sr", "Y", "Zr", "Nb", "Mo", "Tc", "Ru", "Rh", "Pd", "Ag", "Cd", "In", "Sn", "Sb", &
      "Te", "I", "Xe", "Cs", "Ba", "La", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", &
      "Ho", "Er", "Tm", "Yb", "Lu", "Hf", "Ta", "W", "Re", "Os", "Ir", "Pt", "Au", "Hg", "Tl", &
      "Pb", "Bi", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Th", "Pa", "U", "Np", "Pu"]

   type(hone_model) :: model
   character(len=4096) :: model_path, structure_path
   character(len=1024) :: message
   integer(int32), allocatable :: atomic_numbers(:)
   real(real64), allocatable :: positions(:, :), forces(:, :), cell(:, :)
   real(real64) :: energy, virial(3, 3)
   logical :: periodic(3)
   integer(int32) :: status
   integer :: i

   if (command_argument_count() /= 2) then
      write (error_unit, '(a)') "usage: energy MODEL STRUCTURE.xyz"
      stop 2, quiet=.true.
   end if
   call get_command_argument(1, model_path)
   call get_command_argument(2, structure_path)
   call read_xyz(trim(structure_path))

   call model%load(model_path, status, message)
   if (status == hone_success) call model%set_precision(hone_float64, status, message)
   allocate (forces(3, size(atomic_numbers)))
   if (status == hone_success) then
      if (allocated(cell)) then
         call model%compute(atomic_numbers, positions, cell, periodic, energy=energy, &
            forces=forces, virial=virial, status=status, message=message)
      else
         call model%compute(atomic_numbers, positions, energy=energy, forces=forces, &
            virial=virial, status=status, message=message)
      end if
   end if
   if (status /= hone_success) then
      write (error_unit, '(a)') trim(message)
      stop 1, quiet=.true.
   end if

   write (*, '(a, f18.10, a)') "energy ", energy, " eV"
   write (*, '(a, 3(f16.8, 1x), a)') "virial xx yy zz ", (virial(i, i), i=1, 3), "eV"
   do i = 1, size(atomic_numbers)
      write (*, '(a, i0, 3(1x, f14.8), a)') "force ", i - 1, forces(:, i), " eV/A"
   end do

contains

   !> Reads the first frame; elements and positions must be the first columns.
   subroutine read_xyz(path)
      character(len=*), intent(in) :: path
      character(len=8192) :: comment
      character(len=8) :: symbol
      integer :: unit, count, atom, error
      open (newunit=unit, file=path, status="old", action="read", iostat=error)
      if (error == 0) read (unit, *, iostat=error) count
      if (error == 0) read (unit, '(a)', iostat=error) comment
      if (error == 0) call read_comment(comment, error)
      if (error /= 0) call refuse(path)
      allocate (atomic_numbers(count), positions(3, count))
      do atom = 1, count
         read (unit, *, iostat=error) symbol, positions(:, atom)
         if (error /= 0) call refuse(path)
         atomic_numbers(atom) = findloc(symbols, symbol(1:2), dim=1)
      end do
      close (unit)
   end subroutine read_xyz

   !> Takes Lattice="..." and pbc="..." from the comment.
   subroutine read_comment(comment, error)
      character(len=*), intent(in) :: comment
      integer, intent(out) :: error
      integer :: start
      error = 0
      periodic = .true.
      start = index(comment, 'Lattice="')
      if (start == 0) return
      allocate (cell(3, 3))
      read (comment(start + 9:start + 8 + index(comment(start + 9:), '"') - 1), *, iostat=error) cell
      start = index(comment, 'pbc="')
      if (start > 0 .and. error == 0) read (comment(start + 5:start + 9), *, iostat=error) periodic
   end subroutine read_comment

   subroutine refuse(path)
      character(len=*), intent(in) :: path
      write (error_unit, '(2a)') path, " is not an XYZ file that starts with elements and positions"
      stop 1, quiet=.true.
   end subroutine refuse

end program energy_of_file
