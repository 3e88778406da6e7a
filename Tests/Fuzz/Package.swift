// swift-tools-version: 6.2
import PackageDescription

/// The parsers, instrumented for libFuzzer, and programs that run under sanitizers, valgrind and
/// limits; `Scripts/fuzz.sh`, `sanitize.sh` and `memory-limits.sh` build and run them.
///
/// `Library` is a link to the sources of the library: they are compiled here a second time, with
/// the flags of the variable `HONE_INSTRUMENT`:
/// - `fuzzer`: for libFuzzer and AddressSanitizer, with the assertions release builds leave out.
///   Products are static libraries, because libFuzzer brings its own `main`, which the package
///   manager cannot link.
/// - `address`: C and C++ with UndefinedBehaviorSanitizer; used with `--sanitize=address`.
/// - `thread` or nothing: the flags of the library.
let instrument = Context.environment["HONE_INSTRUMENT"] ?? ""
let isFuzzing = instrument == "fuzzer"

let swift: [SwiftSetting] =
  [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
  ]
  + (isFuzzing
    ? [.unsafeFlags(["-sanitize=fuzzer,address", "-parse-as-library", "-assert-config", "Debug"])]
    : instrument == "address" ? [.unsafeFlags(["-assert-config", "Debug"])] : [])

/// Findings of UndefinedBehaviorSanitizer end the process; its runtime is part of the other's.
let undefined =
  isFuzzing || instrument == "address"
  ? [
    "-fsanitize=undefined", "-fno-sanitize=vptr,function", "-fno-sanitize-recover=undefined",
  ] : []

/// As in the library's own manifest.
let cpu = Context.environment["HONE_CPU"] ?? "native"
let hasFusedMultiplyAdd = Context.environment["HONE_FMA"] != "0"
let kernels =
  swift + [.unsafeFlags(["-Xcc", "-march=\(cpu)"])]
  + (hasFusedMultiplyAdd ? [.define("HONE_FMA")] : [])

/// One target per parser.
let fuzzers =
  isFuzzing
  ? [
    "Zip", "Inflate", "Pickle", "TorchArchive", "Importer", "OwnModel", "Safetensors", "JSON",
    "ExtendedXYZ", "DataSet", "Training", "Statistics",
  ] : []

/// Programs that load and compute.
let tools = isFuzzing ? [] : ["Soak", "Crowd", "Limits"]

let library: [Target.Dependency] = ["HoneFormats", "HoneModels", "HoneStructure", "HoneNumerics"]

/// Fuzzers that need training, which the others need not be linked with.
let trainers = ["DataSet", "Training"]

let package = Package(
  name: "hone-fuzz",
  products: fuzzers.map { .library(name: "Fuzz\($0)", type: .static, targets: ["Fuzz\($0)"]) },
  targets: [
    .target(
      name: "CHoneShims", path: "Library/CHoneShims",
      cSettings: [.unsafeFlags(["-g"] + undefined)]),
    .systemLibrary(name: "CEigen", path: "Library/CEigen", pkgConfig: "eigen3"),
    .systemLibrary(name: "CMalloc", path: "Tools/CMalloc"),
    .target(
      name: "CHoneEigen", dependencies: ["CEigen", "CHoneShims"], path: "Library/CHoneEigen",
      cxxSettings: [
        .unsafeFlags(
          ["-march=\(cpu)", "-O3", "-g", "-fno-exceptions"]
            + (undefined.isEmpty ? ["-DEIGEN_NO_DEBUG"] : undefined))
      ]),
    .target(
      name: "HoneNumerics", dependencies: ["CHoneEigen", "CHoneShims"],
      path: "Library/HoneNumerics", swiftSettings: kernels),
    .target(
      name: "HoneO3", dependencies: ["HoneNumerics"], path: "Library/HoneO3",
      swiftSettings: kernels),
    .target(
      name: "HoneStructure", dependencies: ["HoneNumerics"], path: "Library/HoneStructure",
      swiftSettings: swift),
    .target(
      name: "HoneFormats", dependencies: ["HoneNumerics"], path: "Library/HoneFormats",
      swiftSettings: swift),
    .target(
      name: "HoneDiagnosis",
      dependencies: ["CHoneEigen", "HoneNumerics", "HoneStructure", "HoneFormats"],
      path: "Library/HoneDiagnosis", swiftSettings: swift),
    .target(
      name: "HoneModels",
      dependencies: ["CHoneShims", "HoneNumerics", "HoneO3", "HoneStructure", "HoneFormats"],
      path: "Library/HoneModels", swiftSettings: kernels),
    .target(
      name: "HoneTraining",
      dependencies: [
        "HoneNumerics", "HoneStructure", "HoneFormats", "HoneDiagnosis", "HoneModels",
      ],
      path: "Library/HoneTraining", swiftSettings: kernels),
  ]
    + (isFuzzing
      ? [
        .target(
          name: "FuzzSupport", dependencies: library, path: "Support", swiftSettings: swift)
      ] : [])
    + fuzzers.map {
      .target(
        name: "Fuzz\($0)",
        dependencies: library + ["FuzzSupport"]
          + (trainers.contains($0) ? ["HoneTraining"] : [])
          + ($0 == "Statistics" ? ["HoneDiagnosis"] : []),
        path: "Targets/\($0)",
        swiftSettings: swift)
    }
    + tools.map {
      .executableTarget(
        name: $0, dependencies: library + ["CMalloc"], path: "Tools/\($0)", swiftSettings: swift)
    },
  cxxLanguageStandard: .cxx17
)
