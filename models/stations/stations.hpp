#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/request/request.hpp"
#include "sim/core/simulator.hpp"
#include "sim/stats/level_series.hpp"

namespace towtank {

__extension__ using Area = unsigned __int128;

/// What a station has done until some instant: integrals over time of the jobs waiting and in service, in job-nanoseconds.
struct StationTotals {
  Area queue_area = 0;
  Area busy_area = 0;
  std::uint32_t servers = 1;
};

/// All servers of a model with their queues. A station is either first come first served with any number of servers, or
/// egalitarian processor sharing over any number of cores (each job gets min(1, cores / jobs) of a core).
/// It sets `wake`, `state` and `work` of the requests in it, and schedules their departures.
///
/// A single server that everybody leaves in the order of coming needs no events: the end of a service is known when the
/// job comes (Lindley's recursion). Such jobs are `serve_ahead`: they are never in the queue, and may not be taken out. A job
/// that could leave early waits until they are done, and from then on all are served by events until the station is empty.
class Stations {
 public:
  enum class Admission : std::uint8_t { started, queued, full };
  static constexpr std::uint32_t kUnbounded = UINT32_MAX;

  Stations(Simulator& simulator, Slab<Request>& requests) : simulator_{simulator}, requests_{requests} {}

  /// @param servers >= 1   @param queue_limit  waiting requests that fit, those in service not counted
  StationId add_fcfs(std::uint32_t servers, std::uint32_t queue_limit = kUnbounded);
  /// @param queue_limit  jobs beyond one per core that are let in
  StationId add_processor_sharing(std::uint32_t cores, std::uint32_t queue_limit = kUnbounded);

  /// Admits the request in `slot` now, with its service demand. Its departure wakes it with Resume::done.
  /// @param always  let in even if the queue is full: a connection that the listen queue has accepted before
  Admission admit(StationId station, std::uint32_t slot, Duration work, bool always = false);

  /// When a job that comes now would be done if nobody left before; kNever where only events can tell.
  Time foreseen_end(StationId station, Duration work) const {
    if (is_sharing(station)) return kNever;
    const Fcfs& at = fcfs_[index(station)];
    if (at.servers != 1 || at.limit != kUnbounded || at.busy + at.waiting > 0) return kNever;
    return std::max(simulator_.now(), at.free_at) + work;
  }

  /// Serves a job that comes now, and that nothing can take out, to its `foreseen_end`. @return when its service begins
  Time serve_ahead(StationId station, Duration work) {
    Fcfs& at = fcfs_[index(station)];
    const Time now = simulator_.now(), start = std::max(now, at.free_at);
    at.free_at = start + work;
    at.queue_area += static_cast<std::uint64_t>((start - now).count());
    at.busy_area += static_cast<std::uint64_t>(work.count());
    if (jobs_series_ != nullptr) {
      jobs_series_->add(now, +1);
      jobs_series_->add(at.free_at, -1);
    }
    return start;
  }

  /// The event that began with Resume::begin has come: whoever stood behind jobs that were served ahead is next.
  void begin(StationId station);

  /// The job in `slot` has been served (its departure has come): its server takes the next.
  void finish(StationId station, std::uint32_t slot);

  /// Takes a job out that waits or is in service.
  void remove(StationId station, std::uint32_t slot);

  /// The job of one slot goes on in another: work that nobody waits for any more.
  void rename(StationId station, std::uint32_t from, std::uint32_t to);

  bool is_full(StationId station) const;
  /// Those that events serve.
  std::uint32_t jobs(StationId station) const;

  /// Integrals until now.
  StationTotals totals(StationId station);

  /// Those of all stations that events serve.
  std::uint32_t all_jobs() const { return all_jobs_; }

  /// From now on the jobs in all stations are written down in `series`, which outlives the run.
  void write_jobs(LevelSeries& series) { jobs_series_ = &series; }

  /// Hints of what the end of the service in `slot` will touch: first its station, then, once that is there, who is next.
  void prefetch_station(std::uint32_t slot) const {
    if (slot < station_of_slot_.size() && station_of_slot_[slot] < fcfs_.size()) __builtin_prefetch(fcfs_.data() + station_of_slot_[slot]);
  }
  void prefetch_next(std::uint32_t slot, std::uint8_t depth) const {
    if (slot >= station_of_slot_.size() || station_of_slot_[slot] >= fcfs_.size()) return;
    const std::uint32_t next = fcfs_[station_of_slot_[slot]].head;
    if (next == kNoSlot) return;
    __builtin_prefetch(&requests_[next]);
    __builtin_prefetch(&requests_[next].frames[depth - 1u].started);
  }

 private:
  struct alignas(64) Fcfs {
    Area queue_area = 0;
    std::uint64_t busy_area = 0;  ///< 2^64 ns are 584 years of one server
    Time changed;
    Time free_at;  ///< when the last job that was served ahead is done
    std::uint32_t servers = 1, limit = kUnbounded;
    std::uint32_t busy = 0, waiting = 0;
    std::uint32_t head = kNoSlot, tail = kNoSlot;
  };
  static_assert(sizeof(Fcfs) == 64, "one cache line");
  struct SharedJob {
    double finish_tag;  ///< virtual time (ns of work per job) at which it is done
    std::uint64_t key;  ///< breaks ties
    std::uint32_t slot;
  };
  struct Sharing {
    std::vector<SharedJob> heap;  ///< least finish tag first; each request's `next` holds its place
    double virtual_now = 0.0;
    Time changed;
    Area queue_area = 0, busy_area = 0;
    std::uint32_t cores = 1, limit = kUnbounded;
  };

  static constexpr std::uint32_t kSharingBit = 1u << 31;
  static bool is_sharing(StationId station) { return (static_cast<std::uint32_t>(station) & kSharingBit) != 0; }
  static std::uint32_t index(StationId station) { return static_cast<std::uint32_t>(station) & ~kSharingBit; }

  void note_station(std::uint32_t slot, StationId id) {
    if (station_of_slot_.size() <= slot) station_of_slot_.resize(requests_.size());
    station_of_slot_[slot] = index(id);
  }
  void advance(Fcfs& station);
  void advance(Sharing& station);
  void count_jobs(int change);
  void start(Request& request, std::uint32_t slot);
  void schedule_departure(Request& request, std::uint32_t slot, Time at);
  void start_next(Fcfs& station);
  void begin_when_free(const Fcfs& station);

  Admission admit_shared(Sharing& station, std::uint32_t slot, Duration work, bool always);
  void remove_shared(Sharing& station, std::uint32_t place);
  void schedule_first(Sharing& station);
  void place(Sharing& station, std::uint32_t place, const SharedJob& job);
  void sift_up(Sharing& station, std::uint32_t place);
  void sift_down(Sharing& station, std::uint32_t place);

  Simulator& simulator_;
  Slab<Request>& requests_;
  std::vector<Fcfs> fcfs_;
  std::vector<Sharing> sharing_;
  std::vector<std::uint32_t> station_of_slot_;  ///< index in `fcfs_` where the request of the slot was last; a hint only
  std::uint32_t all_jobs_ = 0;
  LevelSeries* jobs_series_ = nullptr;
};

}  // namespace towtank
