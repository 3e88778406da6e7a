// SPDX-License-Identifier: MIT
/// @file hone.hpp
/// hone for C++11 and later: handles that free themselves, failures as exceptions.
///
/// Header only; link with libhone. Units, layouts and thread rules are those of hone.h.
#ifndef HONE_HPP
#define HONE_HPP

#include <hone.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hone {

/// A failure of the library: its status, and its sentence as `what()`.
class Error : public std::runtime_error {
 public:
  explicit Error(hone_status status) : std::runtime_error(hone_last_error()), status_(status) {}

  hone_status status() const noexcept { return status_; }

 private:
  hone_status status_;
};

/// Turns a status into an exception, unless it is success.
inline void check(hone_status status) {
  if (status != HONE_SUCCESS) throw Error(status);
}

/// Atoms in space.
struct Structure {
  /// [n_atoms]
  std::vector<std::int32_t> atomic_numbers;
  /// [n_atoms][3], Å
  std::vector<double> positions;
  /// [3][3], Å, rows; empty for a molecule
  std::vector<double> cell;
  /// [3], non-zero = periodic; empty means all directions when there is a cell
  std::vector<std::int32_t> periodic;
  /// The total charge in e, for priors
  double charge = 0;
  /// 2S + 1, for priors; 0 = the lowest there is
  std::int32_t multiplicity = 0;
};

/// What to compute, to be joined with `|`.
enum Quantity : unsigned {
  energy = 1,
  forces = 2,
  virial = 4,
  atom_energies = 8,
  atom_virials = 16
};

/// What was computed; what was not asked for is empty.
struct Result {
  double energy = 0;                 ///< eV
  std::vector<double> forces;        ///< [n_atoms][3], eV/Å
  std::vector<double> virial;        ///< [3][3], eV
  std::vector<double> atom_energies; ///< [n_atoms], eV
  std::vector<double> atom_virials;  ///< [n_atoms][3][3], eV
};

namespace detail {

template <typename T>
const T* pointer(const std::vector<T>& values) noexcept {
  return values.empty() ? nullptr : values.data();
}
template <typename T>
T* pointer(std::vector<T>& values) noexcept {
  return values.empty() ? nullptr : values.data();
}

/// Throws std::invalid_argument when the vectors' lengths do not agree.
inline void check_lengths(const Structure& structure) {
  if (structure.positions.size() != 3 * structure.atomic_numbers.size())
    throw std::invalid_argument("hone: positions must hold 3 numbers per atom");
  if (!structure.cell.empty() && structure.cell.size() != 9)
    throw std::invalid_argument("hone: cell must hold 9 numbers, or none");
  if (!structure.periodic.empty() && structure.periodic.size() != 3)
    throw std::invalid_argument("hone: periodic must hold 3 flags, or none");
}

/// The structure as hone.h has it, which lives as long as this one; throws when lengths do not agree.
inline hone_structure borrowed(const Structure& structure) {
  check_lengths(structure);
  hone_structure result = hone_structure();
  result.size = sizeof(hone_structure);
  result.n_atoms = static_cast<std::int64_t>(structure.atomic_numbers.size());
  result.atomic_numbers = pointer(structure.atomic_numbers);
  result.positions = pointer(structure.positions);
  result.cell = pointer(structure.cell);
  result.periodic = pointer(structure.periodic);
  result.charge = structure.charge;
  result.multiplicity = structure.multiplicity;
  return result;
}

/// The same of many.
inline std::vector<hone_structure> borrowed(const std::vector<Structure>& structures) {
  std::vector<hone_structure> list(structures.size());
  for (std::size_t k = 0; k < list.size(); k++) list[k] = borrowed(structures[k]);
  return list;
}

/// The handle, where NULL would mean something else; throws for one that was moved from.
template <typename T>
T* made(T* handle) {
  if (handle == nullptr) throw std::invalid_argument("hone: an object that was moved from");
  return handle;
}

/// Gives a result the room that some quantities of n atoms take; keeps what is there.
inline void make_room(Result& result, std::size_t n, unsigned wanted) {
  result.forces.resize(wanted & forces ? 3 * n : 0);
  result.virial.resize(wanted & virial ? 9 : 0);
  result.atom_energies.resize(wanted & atom_energies ? n : 0);
  result.atom_virials.resize(wanted & atom_virials ? 9 * n : 0);
}

}  // namespace detail

/// A force field: a handle on shared weights with settings of its own.
///
/// Moving hands the handle over; a model that was moved from may only be destroyed or assigned to.
class Model {
 public:
  /// Reads a model file; throws `Error`.
  explicit Model(const std::string& path) { check(hone_model_load(path.c_str(), &handle_)); }

  Model(Model&& other) noexcept { std::swap(handle_, other.handle_); }
  Model& operator=(Model&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;
  ~Model() { hone_model_free(handle_); }

  /// A second handle on the same weights.
  Model view() const {
    hone_model* view = nullptr;
    check(hone_model_view(handle_, &view));
    return Model(view);
  }

  /// Writes hone's own file.
  void save(const std::string& path) const { check(hone_model_save(handle_, path.c_str())); }

  void set_precision(hone_precision precision) {
    check(hone_model_set_precision(handle_, precision));
  }
  void set_thread_count(int count) { check(hone_model_set_thread_count(handle_, count)); }
  void set_head(const std::string& name) { check(hone_model_set_head(handle_, name.c_str())); }

  void set_evaluator(hone_evaluator evaluator) {
    check(hone_model_set_evaluator(handle_, evaluator));
  }
  void set_table_tolerance(double tolerance) {
    check(hone_model_set_table_tolerance(handle_, tolerance));
  }

  /// The largest error of the tables made so far; 0 when there are none.
  double table_error() const { return hone_model_table_error(handle_); }
  /// Why the last computation was left to the reference evaluator; empty when it was not.
  std::string fallback() const { return hone_model_fallback(handle_); }

  double cutoff() const { return hone_model_cutoff(handle_); }
  int layer_count() const { return hone_model_layer_count(handle_); }
  std::int64_t exchange_width() const { return hone_model_exchange_width(handle_); }
  std::int64_t parameter_count() const { return hone_model_parameter_count(handle_); }
  std::string description() const { return hone_model_description(handle_); }

  /// The atomic numbers the model was made for, ascending.
  std::vector<std::int32_t> species() const {
    std::int32_t count = 0;
    check(hone_model_species(handle_, 0, nullptr, &count));
    std::vector<std::int32_t> numbers(static_cast<std::size_t>(count));
    check(hone_model_species(handle_, count, numbers.data(), &count));
    return numbers;
  }

  /// The names that `set_head` takes.
  std::vector<std::string> heads() const {
    std::vector<std::string> names;
    for (std::int32_t i = 0; i < hone_model_head_count(handle_); i++)
      names.push_back(hone_model_head_name(handle_, i));
    return names;
  }

  /// Computes a joined set of `Quantity`; throws `Error`, and std::invalid_argument when the
  /// vectors' lengths do not agree.
  Result compute(const Structure& structure, unsigned wanted = energy | forces) const {
    detail::check_lengths(structure);
    Result result;
    detail::make_room(result, structure.atomic_numbers.size(), wanted);
    check(hone_model_compute(
        handle_, static_cast<std::int64_t>(structure.atomic_numbers.size()),
        detail::pointer(structure.atomic_numbers), detail::pointer(structure.positions),
        detail::pointer(structure.cell), detail::pointer(structure.periodic),
        wanted & energy ? &result.energy : nullptr, detail::pointer(result.forces),
        detail::pointer(result.virial), detail::pointer(result.atom_energies),
        detail::pointer(result.atom_virials)));
    return result;
  }

  /// Computes many structures, each on one thread; throws as `compute` does.
  std::vector<Result> compute_batch(const std::vector<Structure>& structures,
                                    unsigned wanted = energy | forces) const {
    const std::vector<hone_structure> list = detail::borrowed(structures);
    std::size_t n = 0;
    for (std::size_t k = 0; k < list.size(); k++) n += structures[k].atomic_numbers.size();
    std::vector<double> energies(wanted & energy ? list.size() : 0);
    std::vector<double> virials(wanted & virial ? 9 * list.size() : 0);
    Result all;
    detail::make_room(all, n, wanted);
    check(hone_model_compute_batch(
        handle_, static_cast<std::int64_t>(list.size()), detail::pointer(list),
        detail::pointer(energies), detail::pointer(all.forces), detail::pointer(virials),
        detail::pointer(all.atom_energies), detail::pointer(all.atom_virials)));
    std::vector<Result> results(list.size());
    std::size_t first = 0;
    for (std::size_t k = 0; k < list.size(); k++) {
      const std::size_t count = structures[k].atomic_numbers.size();
      if (wanted & energy) results[k].energy = energies[k];
      results[k].forces = part(all.forces, 3 * first, 3 * count);
      results[k].virial = part(virials, 9 * k, 9);
      results[k].atom_energies = part(all.atom_energies, first, count);
      results[k].atom_virials = part(all.atom_virials, 9 * first, 9 * count);
      first += count;
    }
    return results;
  }

  /// Takes over a handle that a function of hone.h gave.
  explicit Model(hone_model* handle) noexcept : handle_(handle) {}

  /// The handle, for functions of hone.h; it still belongs to the model.
  hone_model* get() const noexcept { return handle_; }

 private:

  /// A part of values that may not have been asked for.
  static std::vector<double> part(const std::vector<double>& values, std::size_t first,
                                  std::size_t count) {
    if (values.empty()) return {};
    const double* start = values.data() + first;
    return std::vector<double>(start, start + count);
  }

  hone_model* handle_ = nullptr;
};

/// Memory and a list of neighbours for one thread that computes again and again.
///
/// Has the settings the model had when it was made, and may outlive it.
class Workspace {
 public:
  explicit Workspace(const Model& model) { check(hone_workspace_new(model.get(), &handle_)); }

  Workspace(Workspace&& other) noexcept { std::swap(handle_, other.handle_); }
  Workspace& operator=(Workspace&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  ~Workspace() { hone_workspace_free(handle_); }

  /// How much further than the cutoff neighbours are looked for, in Å; 0 to search every time.
  void set_skin(double skin) { check(hone_workspace_set_skin(handle_, skin)); }

  /// Computes into a result whose memory is used again; throws as `Model::compute` does.
  void compute(const Structure& structure, Result& result, unsigned wanted = energy | forces) {
    detail::check_lengths(structure);
    detail::make_room(result, structure.atomic_numbers.size(), wanted);
    check(hone_workspace_compute(
        handle_, static_cast<std::int64_t>(structure.atomic_numbers.size()),
        detail::pointer(structure.atomic_numbers), detail::pointer(structure.positions),
        detail::pointer(structure.cell), detail::pointer(structure.periodic),
        wanted & energy ? &result.energy : nullptr, detail::pointer(result.forces),
        detail::pointer(result.virial), detail::pointer(result.atom_energies),
        detail::pointer(result.atom_virials)));
  }

  /// Whether computations also measure how far atoms are from the training data.
  void set_diagnosis(bool on) { check(hone_workspace_set_diagnosis(handle_, on ? 1 : 0)); }

  /// The distances of the last computation, of so many atoms; keeps the memory of a result.
  void descriptor_distances(std::size_t count, std::vector<double>& distances) const {
    distances.resize(count);
    check(hone_workspace_descriptor_distances(handle_, static_cast<std::int64_t>(count),
                                              detail::pointer(distances)));
  }

  /// Why the last computation was left to the reference evaluator; empty when it was not.
  std::string fallback() const { return hone_workspace_fallback(handle_); }

  /// The handle, for functions of hone.h; it still belongs to the workspace.
  hone_workspace* get() const noexcept { return handle_; }

 private:
  hone_workspace* handle_ = nullptr;
};

/// What a model should give for a structure; what is empty or NaN is not there.
struct Labels {
  double energy = std::numeric_limits<double>::quiet_NaN();  ///< eV
  std::vector<double> forces;                                ///< [n_atoms][3], eV/Å
  std::vector<double> virial;                                ///< [3][3], eV
  std::vector<double> weights;       ///< [5]: structure, energy, forces, stress, virial
  std::vector<double> atom_weights;  ///< [n_atoms]
  std::string head;                  ///< "" for the default
  std::string config_type;           ///< "" for the default
};

/// Structures with labels.
class Dataset {
 public:
  Dataset() { check(hone_dataset_new(&handle_)); }

  Dataset(Dataset&& other) noexcept { std::swap(handle_, other.handle_); }
  Dataset& operator=(Dataset&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Dataset(const Dataset&) = delete;
  Dataset& operator=(const Dataset&) = delete;
  ~Dataset() { hone_dataset_free(handle_); }

  /// Adds the frames of an extended XYZ file; options are JSON, or "" for the defaults.
  void add_file(const std::string& path, const std::string& options = "") {
    check(hone_dataset_add_file(handle_, path.c_str(), options.empty() ? nullptr : options.c_str()));
  }

  /// Adds a structure; throws `Error`, and std::invalid_argument when lengths do not agree.
  void add(const Structure& structure, const Labels& labels) {
    const std::size_t n = structure.atomic_numbers.size();
    if ((!labels.forces.empty() && labels.forces.size() != 3 * n) ||
        (!labels.virial.empty() && labels.virial.size() != 9) ||
        (!labels.weights.empty() && labels.weights.size() != 5) ||
        (!labels.atom_weights.empty() && labels.atom_weights.size() != n))
      throw std::invalid_argument(
          "hone: forces must hold 3 numbers per atom, virial 9, weights 5, atom_weights 1 per atom");
    const hone_structure atoms = detail::borrowed(structure);
    hone_labels wanted = hone_labels();
    wanted.size = sizeof(hone_labels);
    wanted.energy = labels.energy == labels.energy ? &labels.energy : nullptr;
    wanted.forces = detail::pointer(labels.forces);
    wanted.virial = detail::pointer(labels.virial);
    wanted.weights = detail::pointer(labels.weights);
    wanted.atom_weights = detail::pointer(labels.atom_weights);
    wanted.head = labels.head.empty() ? nullptr : labels.head.c_str();
    wanted.config_type = labels.config_type.empty() ? nullptr : labels.config_type.c_str();
    check(hone_dataset_add(handle_, &atoms, &wanted));
  }

  std::int64_t count() const { return hone_dataset_count(handle_); }

  /// The handle, for functions of hone.h; it still belongs to the data set.
  hone_dataset* get() const noexcept { return handle_; }

 private:
  hone_dataset* handle_ = nullptr;
};

/// The errors of a model on a data set; NaN where there are no labels.
inline hone_errors evaluate(const Model& model, const Dataset& dataset) {
  hone_errors errors = hone_errors();
  errors.size = sizeof(errors);
  check(hone_model_evaluate(model.get(), dataset.get(), &errors));
  return errors;
}

/// The same weights, with what is to be known of the data they were trained on.
inline Model fit_statistics(const Model& model, const Dataset& dataset) {
  hone_model* handle = nullptr;
  check(hone_model_fit_statistics(model.get(), dataset.get(), &handle));
  return Model(handle);
}

/// How a structure differs from what a model was trained on.
struct Diagnosis {
  hone_diagnosis summary;                      ///< as hone.h has it
  std::vector<double> descriptor_distances;    ///< [n_atoms]
  std::vector<double> coordination_quantiles;  ///< [n_atoms]
  std::vector<double> force_norm_quantiles;    ///< [n_atoms]
};

/// Compares a structure with what a model was trained on.
///
/// @param forces [n_atoms][3], eV/Å; empty for those of the model.
inline Diagnosis diagnose(const Model& model, const Structure& structure,
                          const std::vector<double>& forces = std::vector<double>()) {
  const hone_structure atoms = detail::borrowed(structure);
  const std::size_t n = structure.atomic_numbers.size();
  if (!forces.empty() && forces.size() != 3 * n)
    throw std::invalid_argument("hone: forces must hold 3 numbers per atom, or none");
  Diagnosis result = Diagnosis();
  result.summary.size = sizeof(result.summary);
  result.descriptor_distances.resize(n);
  result.coordination_quantiles.resize(n);
  result.force_norm_quantiles.resize(n);
  check(hone_model_diagnose(model.get(), &atoms, detail::pointer(forces), &result.summary,
                            detail::pointer(result.descriptor_distances),
                            detail::pointer(result.coordination_quantiles),
                            detail::pointer(result.force_norm_quantiles)));
  return result;
}

/// A run of training. An observer must not throw: it is called from the library.
class Trainer {
 public:
  /// Goes on from a model; the configuration is JSON, or "" for the defaults.
  Trainer(const Model& model, const Dataset& training, const std::string& configuration = "") {
    begin(detail::made(model.get()), training, nullptr, configuration);
  }
  Trainer(const Model& model, const Dataset& training, const Dataset& validation,
          const std::string& configuration = "") {
    begin(detail::made(model.get()), training, detail::made(validation.get()), configuration);
  }
  /// Begins with a model from scratch, which the configuration describes.
  Trainer(const Dataset& training, const std::string& configuration) {
    begin(nullptr, training, nullptr, configuration);
  }
  Trainer(const Dataset& training, const Dataset& validation, const std::string& configuration) {
    begin(nullptr, training, detail::made(validation.get()), configuration);
  }

  Trainer(Trainer&& other) noexcept { std::swap(handle_, other.handle_); }
  Trainer& operator=(Trainer&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  ~Trainer() { hone_trainer_free(handle_); }

  /// Makes steps until the run is done, or the observer asks to stop.
  ///
  /// @returns whether it is done.
  bool run(hone_training_observer observer = nullptr, void* context = nullptr) {
    const hone_status status = hone_trainer_run(handle_, observer, context);
    if (status != HONE_CANCELLED) check(status);
    return status == HONE_SUCCESS;
  }

  /// Makes one step.
  void step() { check(hone_trainer_step(handle_)); }

  hone_training_progress progress() const {
    hone_training_progress now = hone_training_progress();
    now.size = sizeof(now);
    check(hone_trainer_progress(handle_, &now));
    return now;
  }

  /// The errors of the best parameters on the structures to validate with.
  hone_errors evaluate() { return evaluate(nullptr); }
  hone_errors evaluate(const Dataset& dataset) { return evaluate(detail::made(dataset.get())); }

  /// The model with the best parameters so far.
  Model model() const {
    hone_model* handle = nullptr;
    check(hone_trainer_model(handle_, &handle));
    return Model(handle);
  }

  /// Writes a checkpoint.
  void save(const std::string& path) const { check(hone_trainer_save(handle_, path.c_str())); }
  /// Goes on from a checkpoint.
  void restore(const std::string& path) { check(hone_trainer_restore(handle_, path.c_str())); }

  /// The handle, for functions of hone.h; it still belongs to the run.
  hone_trainer* get() const noexcept { return handle_; }

 private:
  void begin(const hone_model* model, const Dataset& training, const hone_dataset* validation,
             const std::string& configuration) {
    check(hone_trainer_new(model, training.get(), validation,
                           configuration.empty() ? nullptr : configuration.c_str(), &handle_));
  }

  hone_errors evaluate(const hone_dataset* dataset) {
    hone_errors errors = hone_errors();
    errors.size = sizeof(errors);
    check(hone_trainer_evaluate(handle_, dataset, &errors));
    return errors;
  }

  hone_trainer* handle_ = nullptr;
};

/// A cheap physical model that comes with the library.
class Potential {
 public:
  /// By its name, such as `"gfn2-xtb"` or `"lj+zbl"`, or by JSON; throws `Error`.
  explicit Potential(const std::string& name) { check(hone_potential_new(name.c_str(), &handle_)); }

  Potential(Potential&& other) noexcept { std::swap(handle_, other.handle_); }
  Potential& operator=(Potential&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  Potential(const Potential&) = delete;
  Potential& operator=(const Potential&) = delete;
  ~Potential() { hone_potential_free(handle_); }

  /// Computes a joined set of `energy`, `forces` and `virial`; throws as `Model::compute` does.
  Result compute(const Structure& structure, unsigned wanted = energy | forces) const {
    if (wanted & (atom_energies | atom_virials))
      throw std::invalid_argument("hone: a potential has no energies and virials of atoms");
    const hone_structure atoms = detail::borrowed(structure);
    Result result;
    detail::make_room(result, structure.atomic_numbers.size(), wanted);
    check(hone_potential_compute(handle_, &atoms, wanted & energy ? &result.energy : nullptr,
                                 detail::pointer(result.forces), detail::pointer(result.virial)));
    return result;
  }

  /// The handle, for functions of hone.h; it still belongs to the potential.
  hone_potential* get() const noexcept { return handle_; }

 private:
  hone_potential* handle_ = nullptr;
};

namespace detail {
class WeightCall;
}  // namespace detail

/// What labels structures for `refine_weights`: a potential, a model, or a function of the host's.
///
/// Potentials and models are borrowed: they must live as long as the prior.
class Prior {
 public:
  /// A function that fills in the energy (eV), the forces ([n_atoms][3], eV/Å) and, unless it is NULL,
  /// the virial ([3][3], eV) of a structure. What it throws ends the refinement, which throws it again.
  typedef std::function<void(const hone_structure& structure, double& energy, double* forces,
                             double* virial)>
      Function;

  Prior(const Potential& potential)
      : call_(hone_potential_prior), context_(detail::made(potential.get())) {}
  Prior(const Model& model) : call_(hone_model_prior), context_(detail::made(model.get())) {}
  /// A function as hone.h has it, which must not throw.
  Prior(hone_prior call, void* context) : call_(call), context_(context) {}
  /// Anything that can be called as a `Function` is.
  template <typename Callable,
            typename = decltype(std::declval<Callable&>()(
                std::declval<const hone_structure&>(), std::declval<double&>(),
                std::declval<double*>(), std::declval<double*>()))>
  Prior(Callable function) : function_(std::move(function)) {}

 private:
  friend class detail::WeightCall;

  hone_prior call_ = nullptr;
  void* context_ = nullptr;
  Function function_;
};

/// A model with a radius for some structures.
struct RefinedRadius {
  Model model;
  hone_radius_choice choice;  ///< as hone.h has it
};

/// Chooses a radius and makes no model; options are JSON, or "" for the defaults. There may be no
/// structures where the options have a `"radius"`.
inline hone_radius_choice choose_radius(const Model& model,
                                        const std::vector<Structure>& structures,
                                        const std::string& options = "") {
  const std::vector<hone_structure> list = detail::borrowed(structures);
  hone_radius_choice choice = hone_radius_choice();
  choice.size = sizeof(choice);
  check(hone_refine_radius(model.get(), static_cast<std::int64_t>(list.size()),
                           detail::pointer(list), options.empty() ? nullptr : options.c_str(),
                           &choice, nullptr));
  return choice;
}

/// Makes a model with the radius that suits structures; as `choose_radius` otherwise.
inline RefinedRadius refine_radius(const Model& model, const std::vector<Structure>& structures,
                                   const std::string& options = "") {
  const std::vector<hone_structure> list = detail::borrowed(structures);
  hone_radius_choice choice = hone_radius_choice();
  choice.size = sizeof(choice);
  hone_model* refined = nullptr;
  check(hone_refine_radius(model.get(), static_cast<std::int64_t>(list.size()),
                           detail::pointer(list), options.empty() ? nullptr : options.c_str(),
                           &choice, &refined));
  return RefinedRadius{Model(refined), choice};
}

/// A model whose weights were adapted to some structures.
struct RefinedWeights {
  Model model;
  hone_refinement report;  ///< as hone.h has it
};

namespace detail {

/// A call of `hone_refine_weights` that no exception of a prior passes through.
class WeightCall {
 public:
  /// Adapts a model; `replay` may be NULL.
  static RefinedWeights run(const Model& model, const std::vector<Structure>& structures,
                            const Prior& prior, const hone_dataset* replay,
                            const std::string& options, hone_refinement_observer observer,
                            void* context) {
    const std::vector<hone_structure> list = borrowed(structures);
    hone_refinement report = hone_refinement();
    report.size = sizeof(report);
    hone_model* refined = nullptr;
    WeightCall call(prior.function_);
    const bool is_function = static_cast<bool>(prior.function_);
    const hone_status status = hone_refine_weights(
        model.get(), static_cast<std::int64_t>(list.size()), pointer(list),
        is_function ? label : prior.call_, is_function ? &call : prior.context_, replay,
        options.empty() ? nullptr : options.c_str(), observer, context, &report, &refined);
    if (call.thrown_) std::rethrow_exception(call.thrown_);
    check(status);
    return RefinedWeights{Model(refined), report};
  }

 private:
  explicit WeightCall(const Prior::Function& function) : function_(function) {}

  static std::int32_t label(void* context, const hone_structure* structure, double* energy,
                            double* forces, double* virial) noexcept {
    WeightCall& call = *static_cast<WeightCall*>(context);
    try {
      call.function_(*structure, *energy, forces, virial);
      return 0;
    } catch (...) {
      call.thrown_ = std::current_exception();
      return 1;
    }
  }

  const Prior::Function& function_;
  std::exception_ptr thrown_;
};

}  // namespace detail

/// Adapts the weights of a model to structures by labels of a prior, held back by structures that the
/// model carries; options are JSON, or "" for the defaults.
///
/// Throws `Error`, with `HONE_CANCELLED` where the observer asked to stop, and what the prior throws. The
/// observer must not throw.
inline RefinedWeights refine_weights(const Model& model, const std::vector<Structure>& structures,
                                     const Prior& prior, const std::string& options = "",
                                     hone_refinement_observer observer = nullptr,
                                     void* context = nullptr) {
  return detail::WeightCall::run(model, structures, prior, nullptr, options, observer, context);
}
/// The same, held back by structures that the model was trained on, with labels.
inline RefinedWeights refine_weights(const Model& model, const std::vector<Structure>& structures,
                                     const Prior& prior, const Dataset& replay,
                                     const std::string& options = "",
                                     hone_refinement_observer observer = nullptr,
                                     void* context = nullptr) {
  return detail::WeightCall::run(model, structures, prior, detail::made(replay.get()), options,
                               observer, context);
}

}  // namespace hone

#endif
