! SPDX-License-Identifier: MIT
!> A model from scratch is trained on the frames of a file and on one from memory, from Fortran.
!>
!>   ./training FRAMES.xyz OUTPUT.safetensors
module training_observer
   use, intrinsic :: iso_c_binding, only : c_f_pointer, c_int32_t, c_ptr
   use hone, only : hone_training_progress
   implicit none
contains
   !> Counts calls, and asks to stop at the fourth.
   function stop_at_fourth(context, progress) result(stop) bind(c)
      type(c_ptr), value :: context
      type(hone_training_progress), intent(in) :: progress
      integer(c_int32_t) :: stop
      integer(c_int32_t), pointer :: calls
      call c_f_pointer(context, calls)
      calls = calls + 1
      stop = merge(1_c_int32_t, 0_c_int32_t, calls == 4 .and. progress%n_epochs == 3)
   end function stop_at_fourth
end module training_observer

program training
   use, intrinsic :: iso_c_binding, only : c_int32_t, c_loc
   use, intrinsic :: iso_fortran_env, only : error_unit, int32, int64, real64
   use hone
   use training_observer, only : stop_at_fourth
   implicit none
   character(len=*), parameter :: configuration = '{"model": {"family": "mace", "cutoff": 4, ' // &
      '"hidden_irreps": "8x0e", "max_ell": 1, "correlation": 2, "radial_hidden": [16]}, ' // &
      '"data": {"validation_count": 1}, "run": {"epochs": 3, "batch_size": 2}}'
   type(hone_dataset) :: frames
   type(hone_trainer) :: trainer
   type(hone_model) :: model, fitted
   type(hone_workspace) :: workspace
   type(hone_diagnosis) :: diagnosis
   type(hone_errors) :: errors
   type(hone_training_progress) :: progress
   character(len=512) :: path, output, message
   integer(c_int32_t), target :: calls = 0
   integer(int32) :: status
   integer(int64) :: read
   integer :: failures = 0
   real(real64) :: positions(3, 2), forces(3, 2), distances(2), measured(2)
   if (command_argument_count() /= 2) stop 2
   call get_command_argument(1, path)
   call get_command_argument(2, output)

   call frames%make()
   call frames%add_file(path)
   read = frames%count()
   positions = reshape([0.0_real64, 0.0_real64, 0.0_real64, 0.8_real64, 0.0_real64, 0.0_real64], [3, 2])
   forces = reshape([0.1_real64, 0.0_real64, 0.0_real64, -0.1_real64, 0.0_real64, 0.0_real64], [3, 2])
   call frames%add([1, 1], positions, energy=-31.0_real64, forces=forces, config_type="pair")
   call expect(frames%count() == read + 1, "a structure is added")
   call frames%add([1, 1], positions(:, :1), energy=0.0_real64, status=status, message=message)
   call expect(status == hone_invalid_argument, "wrong shapes are refused")

   call trainer%make(frames, configuration=configuration)
   call trainer%run(stop_at_fourth, c_loc(calls), status=status)
   call expect(status == hone_cancelled .and. calls == 4, "an observer stops a run")
   call trainer%save(output)
   call trainer%make(frames, configuration=configuration)
   call trainer%restore(output)
   call trainer%run()
   call trainer%progress(progress)
   call expect(progress%is_done /= 0 .and. progress%epoch == 3, "it goes on to the end")
   call trainer%evaluate(errors)
   call expect(errors%n_energies == 1, "one frame judges")
   call trainer%model(model)
   call model%evaluate(frames, errors)
   call expect(errors%n_energies == frames%count(), "all is compared")
   call model%save(output)
   call model%diagnose([1, 92], positions, diagnosis)
   call expect(diagnosis%n_unseen_species == 1 .and. diagnosis%unseen_species(1) == 92, "it knows what it saw")
   call model%fit_statistics(frames, fitted)
   call fitted%diagnose([1, 1], positions, diagnosis, forces=forces, descriptor_distances=distances)
   call expect(diagnosis%force_norm%is_known /= 0 .and. diagnosis%n_unseen_species == 0, "a diagnosis")
   call fitted%diagnose([1, 1], positions(:, :1), diagnosis, status=status)
   call expect(status == hone_invalid_argument, "wrong shapes are refused there too")
   call workspace%make(fitted)
   call workspace%set_diagnosis(.true.)
   call workspace%compute([1, 1], positions)
   call workspace%descriptor_distances(measured)
   call expect(all(abs(measured - distances) <= 0), "a workspace measures the same")
   call trainer%make(frames, model=model, configuration='{"run": {"epochs": 1}}')
   call trainer%step()
   call trainer%make(frames, model=model, configuration=configuration, status=status, message=message)
   call expect(status == hone_format_error .and. index(message, "model") > 0, "two models are too many")
   if (failures > 0) error stop 1

contains

   subroutine expect(condition, what)
      logical, intent(in) :: condition
      character(len=*), intent(in) :: what
      if (condition) return
      write (error_unit, '(4a)') "training: ", what, "; last error: ", hone_last_error()
      failures = failures + 1
   end subroutine expect

end program training
