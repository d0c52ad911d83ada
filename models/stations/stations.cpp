#include "models/stations/stations.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/check.hpp"

namespace towtank {

namespace {

Area area(Time from, Time to, std::uint32_t level) {
  return Area{static_cast<std::uint64_t>((to - from).count())} * level;
}

bool before(double tag_a, std::uint64_t key_a, double tag_b, std::uint64_t key_b) {
  return tag_a != tag_b ? tag_a < tag_b : key_a < key_b;
}

}  // namespace

StationId Stations::add_fcfs(std::uint32_t servers, std::uint32_t queue_limit) {
  TOWTANK_CHECK(servers >= 1, "a station has a server");
  Fcfs station;
  station.servers = servers;
  station.limit = queue_limit;
  fcfs_.push_back(station);
  return StationId{static_cast<std::uint32_t>(fcfs_.size() - 1)};
}

StationId Stations::add_processor_sharing(std::uint32_t cores, std::uint32_t queue_limit) {
  TOWTANK_CHECK(cores >= 1, "a station has a core");
  Sharing station;
  station.cores = cores;
  station.limit = queue_limit;
  sharing_.push_back(std::move(station));
  return StationId{static_cast<std::uint32_t>(sharing_.size() - 1) | kSharingBit};
}

Stations::Admission Stations::admit(StationId id, std::uint32_t slot, Duration work, bool always) {
  if (is_sharing(id)) return admit_shared(sharing_[index(id)], slot, work, always);
  Fcfs& station = fcfs_[index(id)];
  note_station(slot, id);
  Request& request = requests_[slot];
  if (station.busy >= station.servers && station.waiting >= station.limit && !always) return Admission::full;
  advance(station);
  count_jobs(+1);
  request.work = work;
  if (station.busy < station.servers && station.waiting == 0 && station.free_at <= simulator_.now()) {
    ++station.busy;
    start(request, slot);
    return Admission::started;
  }
  ++station.waiting;
  request.state = RequestState::queued;
  request.wake = kNever;  // whatever woke it last must not be taken for a departure
  request.next = kNoSlot;
  request.prev = station.tail;
  (station.tail == kNoSlot ? station.head : requests_[station.tail].next) = slot;
  station.tail = slot;
  if (station.waiting == 1 && station.busy == 0) begin_when_free(station);
  return Admission::queued;
}

void Stations::finish(StationId id, std::uint32_t slot) {
  count_jobs(-1);
  if (is_sharing(id)) {
    Sharing& station = sharing_[index(id)];
    advance(station);
    remove_shared(station, requests_[slot].next);
    schedule_first(station);
    return;
  }
  Fcfs& station = fcfs_[index(id)];
  advance(station);
  --station.busy;
  start_next(station);
}

void Stations::remove(StationId id, std::uint32_t slot) {
  Request& request = requests_[slot];
  if (is_sharing(id) || request.state != RequestState::queued) {
    finish(id, slot);
  } else {
    Fcfs& station = fcfs_[index(id)];
    advance(station);
    count_jobs(-1);
    --station.waiting;
    const bool first = station.head == slot;
    (first ? station.head : requests_[request.prev].next) = request.next;
    if (request.next != kNoSlot)
      requests_[request.next].prev = request.prev;
    else
      station.tail = first ? kNoSlot : request.prev;
    if (first && station.busy == 0 && station.waiting > 0) begin_when_free(station);
  }
  request.wake = kNever;
}

void Stations::rename(StationId id, std::uint32_t from, std::uint32_t to) {
  if (is_sharing(id)) sharing_[index(id)].heap[requests_[from].next].slot = to;
}

bool Stations::is_full(StationId id) const {
  if (is_sharing(id)) {
    const Sharing& station = sharing_[index(id)];
    return station.limit != kUnbounded && station.heap.size() >= std::uint64_t{station.cores} + station.limit;
  }
  const Fcfs& station = fcfs_[index(id)];
  return station.busy >= station.servers && station.waiting >= station.limit;
}

std::uint32_t Stations::jobs(StationId id) const {
  if (is_sharing(id)) return static_cast<std::uint32_t>(sharing_[index(id)].heap.size());
  const Fcfs& station = fcfs_[index(id)];
  return station.busy + station.waiting;
}

StationTotals Stations::totals(StationId id) {
  if (is_sharing(id)) {
    Sharing& station = sharing_[index(id)];
    advance(station);
    return {station.queue_area, station.busy_area, station.cores};
  }
  Fcfs& station = fcfs_[index(id)];
  advance(station);
  return {station.queue_area, station.busy_area, station.servers};
}

void Stations::advance(Fcfs& station) {
  const Time now = simulator_.now();
  station.queue_area += area(station.changed, now, station.waiting);
  const Area busy_area = area(station.changed, now, station.busy) + station.busy_area;
  TOWTANK_CHECK(busy_area <= UINT64_MAX, "the servers of a station are busy for less than 2^64 ns in all");
  station.busy_area = static_cast<std::uint64_t>(busy_area);
  station.changed = now;
}

void Stations::advance(Sharing& station) {
  const Time now = simulator_.now();
  const auto jobs = static_cast<std::uint32_t>(station.heap.size());
  const std::uint32_t busy = std::min(jobs, station.cores);
  station.queue_area += area(station.changed, now, jobs - busy);
  station.busy_area += area(station.changed, now, busy);
  if (jobs > 0) {
    const double elapsed = static_cast<double>((now - station.changed).count());
    station.virtual_now += elapsed * static_cast<double>(busy) / static_cast<double>(jobs);
  }
  station.changed = now;
}

void Stations::count_jobs(int change) {
  all_jobs_ += static_cast<std::uint32_t>(change);
  if (jobs_series_ != nullptr) jobs_series_->add(simulator_.now(), change);
}

void Stations::start(Request& request, std::uint32_t slot) {
  request.state = RequestState::in_service;
  request.frame().started = simulator_.now();
  schedule_departure(request, slot, simulator_.now() + request.work);
}

void Stations::schedule_departure(Request& request, std::uint32_t slot, Time at) {
  request.resume = Resume::done;
  request.wake = at;
  simulator_.schedule(Event{at, EventClass::departure, {request.owner, request.ordinal}, slot});
}

void Stations::start_next(Fcfs& station) {
  const std::uint32_t slot = station.head;
  if (slot == kNoSlot) return;
  Request& request = requests_[slot];
  station.head = request.next;
  if (station.head == kNoSlot) station.tail = kNoSlot;  // the new first one is not touched: its record lies far away
  --station.waiting;
  ++station.busy;
  start(request, slot);
}

/// The first in the queue stands behind jobs that were served ahead, whose ends are no events.
void Stations::begin_when_free(const Fcfs& station) {
  Request& first = requests_[station.head];
  first.resume = Resume::begin;
  first.wake = station.free_at;
  simulator_.schedule(Event{station.free_at, EventClass::departure, {first.owner, first.ordinal}, station.head});
}

void Stations::begin(StationId id) {
  Fcfs& station = fcfs_[index(id)];
  advance(station);
  start_next(station);
}

Stations::Admission Stations::admit_shared(Sharing& station, std::uint32_t slot, Duration work, bool always) {
  if (station.limit != kUnbounded && !always && station.heap.size() >= std::uint64_t{station.cores} + station.limit)
    return Admission::full;
  advance(station);
  count_jobs(+1);
  Request& request = requests_[slot];
  request.work = work;
  request.state = RequestState::in_service;
  request.frame().started = simulator_.now();
  request.wake = kNever;
  if (!station.heap.empty()) requests_[station.heap[0].slot].wake = kNever;
  if (station.heap.empty()) station.virtual_now = 0.0;  // tags are only compared within a busy period: keeps them small
  const auto last = static_cast<std::uint32_t>(station.heap.size());
  station.heap.push_back({});
  place(station, last, {station.virtual_now + static_cast<double>(work.count()), request.key, slot});
  sift_up(station, last);
  schedule_first(station);
  return Admission::started;
}

void Stations::remove_shared(Sharing& station, std::uint32_t at) {
  requests_[station.heap[0].slot].wake = kNever;
  const SharedJob last = station.heap.back();
  station.heap.pop_back();
  if (at == station.heap.size()) return;
  place(station, at, last);
  sift_up(station, at);
  sift_down(station, requests_[last.slot].next);
}

void Stations::schedule_first(Sharing& station) {
  if (station.heap.empty()) return;
  const SharedJob& first = station.heap[0];
  const auto jobs = static_cast<double>(station.heap.size());
  const double slowdown = std::max(1.0, jobs / static_cast<double>(station.cores));
  const double left = std::max(0.0, first.finish_tag - station.virtual_now) * slowdown;
  schedule_departure(requests_[first.slot], first.slot, simulator_.now() + Duration{round_to_int64(left)});
}

void Stations::place(Sharing& station, std::uint32_t at, const SharedJob& job) {
  station.heap[at] = job;
  requests_[job.slot].next = at;
}

void Stations::sift_up(Sharing& station, std::uint32_t at) {
  const SharedJob job = station.heap[at];
  while (at > 0) {
    const std::uint32_t parent = (at - 1) / 2;
    const SharedJob& above = station.heap[parent];
    if (!before(job.finish_tag, job.key, above.finish_tag, above.key)) break;
    place(station, at, SharedJob{above});
    at = parent;
  }
  place(station, at, job);
}

void Stations::sift_down(Sharing& station, std::uint32_t at) {
  const SharedJob job = station.heap[at];
  const auto size = static_cast<std::uint32_t>(station.heap.size());
  for (std::uint32_t child = 2 * at + 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size && before(station.heap[child + 1].finish_tag, station.heap[child + 1].key,
                                   station.heap[child].finish_tag, station.heap[child].key))
      ++child;
    if (!before(station.heap[child].finish_tag, station.heap[child].key, job.finish_tag, job.key)) break;
    place(station, at, SharedJob{station.heap[child]});
    at = child;
  }
  place(station, at, job);
}

}  // namespace towtank
