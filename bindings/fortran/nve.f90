! SPDX-License-Identifier: MIT
!> Molecular dynamics at constant energy: 64 atoms of a rock salt, velocity Verlet.
!>
!>   ./nve MODEL [STEPS [LATTICE_CONSTANT [Z1 MASS1 Z2 MASS2]]]
!>
!> The twin of nve.c: same structure, same velocities. Units: Å, eV, fs, atomic mass units.
program nve
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, int64, real64
   use hone, only : hone_model, hone_success
   implicit none

   integer, parameter :: cells = 2, n_atoms = 8*cells**3
   real(real64), parameter :: boltzmann = 8.617333262e-5_real64 ! eV/K
   real(real64), parameter :: acceleration = 9.648533212331e-3_real64 ! Å/fs² of 1 eV/Å on 1 u
   real(real64), parameter :: timestep = 1, temperature = 600 ! fs, K

   type(hone_model) :: model
   character(len=4096) :: path
   integer(int32) :: kinds(2) = [11, 17], atomic_numbers(n_atoms), status
   real(real64) :: kind_masses(2) = [22.98976928_real64, 35.45_real64]
   real(real64) :: lattice_constant = 5.64_real64, masses(n_atoms), cell(3, 3)
   real(real64), dimension(3, n_atoms) :: positions, velocities, forces
   real(real64) :: potential, kinetic, first
   integer :: steps = 200, step
   character(len=1024) :: message

   call read_arguments()
   call build()
   call heat()
   call model%load(path, status, message)
   if (status == hone_success) call model%set_thread_count(0, status, message)
   call check()
   call update_forces()
   write (*, '(a)') "    fs    potential/eV      kinetic/eV        total/eV     T/K"
   first = potential + kinetic_energy()
   do step = 0, steps
      kinetic = kinetic_energy()
      if (mod(step, max(steps/10, 1)) == 0) write (*, '(f6.0, 3f16.6, f8.1)') step*timestep, &
         potential, kinetic, potential + kinetic, 2*kinetic/(3*(n_atoms - 1)*boltzmann)
      if (step == steps) exit
      call kick()
      positions = positions + timestep*velocities
      call update_forces()
      call kick()
   end do
   write (*, '(a, es10.3, a, i0, a)') "drift ", (potential + kinetic - first)/n_atoms, &
      " eV per atom in ", nint(steps*timestep), " fs"

contains

   !> Forces and potential energy for the positions as they are.
   subroutine update_forces()
      call model%compute(atomic_numbers, positions, cell, energy=potential, forces=forces, &
         status=status, message=message)
      call check()
   end subroutine update_forces

   !> Ends the program when the last call failed.
   subroutine check()
      if (status == hone_success) return
      write (error_unit, '(a)') trim(message)
      stop 1, quiet=.true.
   end subroutine check

   subroutine kick()
      integer :: atom
      do atom = 1, n_atoms
         velocities(:, atom) = velocities(:, atom) &
            + timestep/2*acceleration/masses(atom)*forces(:, atom)
      end do
   end subroutine kick

   function kinetic_energy() result(energy)
      real(real64) :: energy
      energy = sum(masses*sum(velocities**2, dim=1))/(2*acceleration)
   end function kinetic_energy

   !> Rock salt: the kinds of ions alternate on a cubic lattice.
   subroutine build()
      integer :: x, y, z, atom, kind
      atom = 0
      do x = 0, 2*cells - 1
         do y = 0, 2*cells - 1
            do z = 0, 2*cells - 1
               atom = atom + 1
               kind = 1 + mod(x + y + z, 2)
               atomic_numbers(atom) = kinds(kind)
               masses(atom) = kind_masses(kind)
               positions(:, atom) = [x, y, z]*lattice_constant/2
            end do
         end do
      end do
      cell = 0
      do x = 1, 3
         cell(x, x) = cells*lattice_constant
      end do
   end subroutine build

   !> Maxwell-Boltzmann velocities without a drift of the whole.
   subroutine heat()
      integer(int64) :: state
      real(real64) :: normal, momentum(3)
      integer :: atom, c, k
      state = 20240711
      do atom = 1, n_atoms
         do c = 1, 3
            ! The sum of twelve uniform numbers is close to a normal one.
            normal = -6
            do k = 1, 12
               ! The generator of Park and Miller, the same in every language.
               state = mod(state*16807, 2147483647_int64)
               normal = normal + state/2147483647.0_real64
            end do
            velocities(c, atom) = sqrt(boltzmann*temperature*acceleration/masses(atom))*normal
         end do
      end do
      momentum = matmul(velocities, masses)
      velocities = velocities - spread(momentum/sum(masses), 2, n_atoms)
   end subroutine heat

   subroutine read_arguments()
      character(len=64) :: text(7)
      integer :: i, n
      n = command_argument_count()
      if ((n < 1 .or. n > 3) .and. n /= 7) then
         write (error_unit, '(a)') &
            "usage: nve MODEL [STEPS [LATTICE_CONSTANT [Z1 MASS1 Z2 MASS2]]]"
         stop 2, quiet=.true.
      end if
      call get_command_argument(1, path)
      do i = 2, n
         call get_command_argument(i, text(i))
      end do
      if (n > 1) read (text(2), *) steps
      if (n > 2) read (text(3), *) lattice_constant
      if (n == 7) read (text(4:7), *) kinds(1), kind_masses(1), kinds(2), kind_masses(2)
   end subroutine read_arguments

end program nve
