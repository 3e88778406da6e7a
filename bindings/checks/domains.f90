! SPDX-License-Identifier: MIT
!> A domain from Fortran gives what hone_model_compute gives for the crystal.
!>
!>   ./domains MODEL Z1 Z2
module one_process
   use, intrinsic :: iso_c_binding, only : c_double, c_f_pointer, c_int32_t, c_int64_t, c_ptr
   use hone, only : hone_exchange_forward
   implicit none
   integer, parameter :: own = 3

   type :: host
      integer :: calls = 0
      integer(c_int32_t), allocatable :: owners(:)
   end type host

contains

   !> What a host's communication does, with itself.
   function exchange(context, direction, width, values) result(status) bind(c)
      type(c_ptr), value :: context
      integer(c_int32_t), value :: direction
      integer(c_int64_t), value :: width
      real(c_double), intent(inout) :: values(width, *)
      integer(c_int32_t) :: status
      type(host), pointer :: self
      integer :: ghost, owner
      call c_f_pointer(context, self)
      self%calls = self%calls + 1
      do ghost = 1, size(self%owners)
         owner = self%owners(ghost) + 1
         if (direction == hone_exchange_forward) then
            values(:, own + ghost) = values(:, owner)
         else
            values(:, owner) = values(:, owner) + values(:, own + ghost)
         end if
      end do
      status = 0
   end function exchange
end module one_process

program domains
   use, intrinsic :: iso_c_binding, only : c_funloc, c_int32_t, c_loc, c_null_ptr, c_ptr
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, real64
   use hone, only : hone_atom_energies, hone_domain, hone_energy, hone_forces, hone_float64, &
      hone_invalid_argument, hone_model, hone_virial, hone_workspace
   use one_process, only : exchange, host, own
   implicit none

   integer, parameter :: most = 2000
   real(real64), parameter :: edge = 5
   type(hone_model) :: model
   type(hone_workspace) :: workspace
   type(hone_domain) :: domain
   type(host), target :: self
   type(c_ptr), target :: neighbors(most)
   integer(c_int32_t), target :: numbers(most), counts(most), owners(most), lists(most, own)
   real(real64), target :: positions(3, most)
   real(real64) :: forces(3, most), force(3, own), virial(3, 3), virial_2(3, 3), energies(own)
   real(real64) :: energies_2(own), energy, energy_2, cell(3, 3), reach
   character(len=4096) :: path, word
   integer(int32) :: status
   integer :: a, b, c, atom, count, ghost, i, j, failures

   failures = 0
   call get_command_argument(1, path)
   do i = 1, own
      call get_command_argument(2 + mod(i - 1, 2), word)
      read (word, *) numbers(i)
   end do
   call model%load(path)
   call model%set_precision(hone_float64)
   positions(:, :own) = reshape([0.0_real64, 0.0_real64, 0.0_real64, 1.2_real64, 0.1_real64, &
      0.0_real64, -0.4_real64, 1.1_real64, 0.3_real64], [3, own])
   cell = 0
   do i = 1, 3
      cell(i, i) = edge
   end do
   call model%compute(numbers(:own), positions(:, :own), cell, energy=energy_2, forces=force, &
      virial=virial_2, atom_energies=energies_2)

   reach = model%cutoff() + 0.2_real64
   count = own
   do a = -3, 3
      do b = -3, 3
         do c = -3, 3
            if (all([a, b, c] == 0)) cycle
            do atom = 1, own
               positions(:, count + 1) = positions(:, atom) + edge * [a, b, c]
               if (all([(distance(i, count + 1) >= reach, i=1, own)])) cycle
               count = count + 1
               numbers(count) = numbers(atom)
               owners(count - own) = atom - 1
            end do
         end do
      end do
   end do
   neighbors = c_null_ptr
   do i = 1, own
      counts(i) = 0
      do j = 1, count
         if (i == j .or. distance(i, j) >= reach) cycle
         counts(i) = counts(i) + 1
         lists(counts(i), i) = j - 1
      end do
      neighbors(i) = c_loc(lists(1, i))
   end do
   domain%n_local = own
   domain%n_ghost = count - own
   domain%n_centers = own
   domain%atomic_numbers = c_loc(numbers)
   domain%positions = c_loc(positions)
   domain%neighbor_counts = c_loc(counts)
   domain%neighbors = c_loc(neighbors)
   domain%quantities = hone_energy + hone_forces + hone_virial + hone_atom_energies
   domain%ghost_owners = c_loc(owners)
   call model%compute_domain(domain, energy, forces(:, :count), virial, energies)
   call compare("images of own atoms")

   domain%ghost_owners = c_null_ptr
   self%owners = owners(:count - own)
   domain%exchange = c_funloc(exchange)
   domain%exchange_context = c_loc(self)
   call workspace%make(model)
   call workspace%compute_domain(domain, energy, forces(:, :count), virial, energies)
   call compare("an exchange")
   if (self%calls /= 2 * (model%layer_count() - 1)) call fail("as many exchanges as said")
   call model%compute_domain(domain, energy, forces(:, :own), status=status)
   if (status /= hone_invalid_argument) call fail("arrays of a wrong shape are refused")
   if (failures > 0) error stop 1

contains

   pure real(real64) function distance(i, j)
      integer, intent(in) :: i, j
      distance = norm2(positions(:, i) - positions(:, j))
   end function distance

   subroutine compare(what)
      character(len=*), intent(in) :: what
      do ghost = 1, count - own
         associate (owner => owners(ghost) + 1)
            forces(:, owner) = forces(:, owner) + forces(:, own + ghost)
         end associate
      end do
      if (abs(energy - energy_2) > 1e-9_real64) call fail(what // ": energy")
      if (any(abs(forces(:, :own) - force) > 1e-9_real64)) call fail(what // ": forces")
      if (any(abs(virial - virial_2) > 1e-9_real64)) call fail(what // ": virial")
      if (any(abs(energies - energies_2) > 1e-9_real64)) call fail(what // ": atom energies")
   end subroutine compare

   subroutine fail(what)
      character(len=*), intent(in) :: what
      failures = failures + 1
      write (error_unit, '(2a)') "domains: ", what
   end subroutine fail
end program domains
