// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
// What these functions promise is written in hone.h.

public import CHone
internal import HoneFormats
internal import HoneModels
internal import HoneNumerics
internal import HoneTraining

@c @implementation
public func hone_trainer_new(
  _ model: OpaquePointer?, _ training: OpaquePointer?, _ validation: OpaquePointer?,
  _ configuration: UnsafePointer<CChar>?, _ trainer: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(trainer, "trainer")
    output.pointee = nil
    let field = model == nil ? nil : try ModelHandle.borrow(model).forceField
    let training = try DataSetHandle.borrow(training, "training")
    let validation =
      validation == nil ? nil : try DataSetHandle.borrow(validation, "validation")
    let settings = try TrainingConfiguration(
      json: configuration == nil ? .object([]) : json(configuration, "configuration"),
      hasModel: field != nil,
      given: validation == nil ? .training : .trainingAndValidation)
    // Together they are copied anyway.
    let run = try Trainer.make(
      settings, field: field,
      training: validation == nil ? training.copy("training") : training.frames("training"),
      validation: validation?.frames("validation"))
    output.pointee = try TrainerHandle(run, identity: run.identity(of: settings)).lend()
  }
}

@c @implementation
public func hone_trainer_step(_ trainer: OpaquePointer?) -> hone_status {
  withStatus { () throws(HoneError) in try TrainerHandle.borrow(trainer).step() }
}

@c @implementation
public func hone_trainer_run(
  _ trainer: OpaquePointer?, _ observer: hone_training_observer?,
  _ context: UnsafeMutableRawPointer?
) -> hone_status {
  withStatus { () throws(HoneError) in
    try TrainerHandle.borrow(trainer).run { progress in
      guard let observer else { return true }
      return withUnsafePointer(to: progress) { observer(context, $0) == 0 }
    }
  }
}

@c @implementation
public func hone_trainer_progress(
  _ trainer: OpaquePointer?, _ progress: UnsafeMutablePointer<hone_training_progress>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try TrainerHandle.borrow(trainer)
    let room = try hone_training_progress.room(progress, "progress")
    try handle.progress().write(to: progress, room: room)
  }
}

@c @implementation
public func hone_trainer_evaluate(
  _ trainer: OpaquePointer?, _ dataset: OpaquePointer?, _ errors: UnsafeMutablePointer<hone_errors>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try TrainerHandle.borrow(trainer)
    let frames = dataset == nil ? nil : try DataSetHandle.borrow(dataset).frames("dataset")
    let room = try hone_errors.room(errors, "errors")
    let statistics = try handle.use { (trainer) throws(HoneError) -> ErrorStatistics in
      if let frames { return try trainer.evaluateBest(frames) }
      guard !trainer.split.validation.isEmpty else {
        throw HoneError(
          .invalidArgument,
          "dataset must not be NULL, for the run has no structures to validate with")
      }
      return try trainer.evaluateBest(trainer.split.validation)
    }
    hone_errors(statistics).write(to: errors, room: room)
  }
}

@c @implementation
public func hone_trainer_model(
  _ trainer: OpaquePointer?, _ model: UnsafeMutablePointer<OpaquePointer?>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let output = try require(model, "model")
    output.pointee = nil
    let field = try TrainerHandle.borrow(trainer).use { (trainer) throws(HoneError) in
      try trainer.describedForceField()
    }
    output.pointee = try ModelHandle(field, settings: ComputeSettings()).lend()
  }
}

@c @implementation
public func hone_trainer_save(
  _ trainer: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try TrainerHandle.borrow(trainer)
    try handle.save(to: text(path, "path"))
  }
}

@c @implementation
public func hone_trainer_restore(
  _ trainer: OpaquePointer?, _ path: UnsafePointer<CChar>?
) -> hone_status {
  withStatus { () throws(HoneError) in
    let handle = try TrainerHandle.borrow(trainer)
    try handle.restore(from: text(path, "path"))
  }
}

@c @implementation
public func hone_trainer_free(_ trainer: OpaquePointer?) {
  guard let trainer else { return }
  _ = withStatus { () throws(HoneError) in try TrainerHandle.release(trainer) }
}
