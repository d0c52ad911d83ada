#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/models/balancers/instance.hpp"
#include "tests/sim/random/chi_square.hpp"

// Algorithms whose instances keep to a part of the endpoints.

namespace towtank::test {
namespace {

/// One of `instances` over the endpoints `ready` of `count`.
class Part {
 public:
  Part(std::string_view name, const Parameters& parameters, std::uint32_t instance, std::uint32_t instances) {
    BalancerArguments arguments{parameters};
    balancer_ =
        find_balancer(name)->make(arguments, PickDraws{Draws{7, 0}, purpose_of("balance/" + std::to_string(instance))});
    REQUIRE(arguments.complaints(name).empty());
    view_.instance = instance;
    view_.instances = instances;
  }

  Part& over(std::uint32_t count, const Numbers& ready) {
    view_.count = count;
    view_.ready = ready;
    balancer_->update(view_);
    view_.ready = {};
    return *this;
  }
  Part& over(std::uint32_t count) {
    Numbers all(count);
    std::iota(all.begin(), all.end(), 0u);
    return over(count, all);
  }

  std::vector<std::uint32_t> picks(std::size_t number) {
    std::vector<std::uint32_t> all;
    for (std::size_t i = 0; i < number; ++i) all.push_back(balancer_->pick({.key = key_++, .plain = true}));
    return all;
  }
  std::set<std::uint32_t> members() {
    const std::vector<std::uint32_t> all = picks(4'000);
    return {all.begin(), all.end()};
  }
  Balancer& balancer() { return *balancer_; }

 private:
  std::unique_ptr<Balancer> balancer_;
  EndpointView view_;
  std::uint64_t key_ = 0;
};

Part deterministic(std::uint32_t instance, const char* size, std::uint32_t count) {
  Part part{"deterministic_subset", {{"subset", size}}, instance, 12};
  part.over(count);
  return part;
}

}  // namespace

TEST_CASE("both subsets take their endpoints in turn", "[unit]") {
  for (const char* name : {"random_subset", "deterministic_subset"}) {
    Part part{name, {{"subset", "4"}}, 3, 8};
    part.over(12);
    const std::vector<std::uint32_t> picks = part.picks(40);
    for (std::size_t i = 4; i < picks.size(); ++i) CHECK(picks[i] == picks[i - 4]);
    CHECK(std::set<std::uint32_t>(picks.begin(), picks.end()).size() == 4);
    CHECK(Part{name, {{"subset", "20"}}, 3, 8}.over(12).members().size() == 12);  // fewer than a subset: all
  }
}

TEST_CASE("a round of deterministic subsets shares all endpoints out, each round otherwise", "[unit]") {
  std::vector<std::set<std::uint32_t>> rounds_first;
  for (std::uint32_t round = 0; round < 4; ++round) {
    std::map<std::uint32_t, int> dealt;
    for (std::uint32_t i = 0; i < 3; ++i) {
      const std::set<std::uint32_t> members = deterministic(3 * round + i, "4", 12).members();
      CHECK(members.size() == 4);
      for (const std::uint32_t endpoint : members) ++dealt[endpoint];
      if (i == 0) rounds_first.push_back(members);
    }
    CHECK(dealt.size() == 12);  // each once
  }
  CHECK(rounds_first[0] != rounds_first[1]);
  CHECK(rounds_first[2] != rounds_first[3]);
}

TEST_CASE("what is left of a division into subsets goes without in its round", "[unit]") {
  std::set<std::uint32_t> left_out;
  for (std::uint32_t round = 0; round < 4; ++round) {
    std::set<std::uint32_t> dealt;
    for (std::uint32_t i = 0; i < 3; ++i) dealt.merge(deterministic(3 * round + i, "4", 13).members());
    CHECK(dealt.size() == 12);
    for (std::uint32_t endpoint = 0; endpoint < 13; ++endpoint)
      if (dealt.count(endpoint) == 0) left_out.insert(endpoint);
  }
  CHECK(left_out.size() > 1);  // not always the same one
}

TEST_CASE("random subsets are alike for all endpoints, and those who stay keep theirs", "[statistical]") {
  std::vector<std::int64_t> chosen(6, 0), first(6, 0);
  std::size_t others = 0;
  for (std::uint32_t instance = 0; instance < 6'000; ++instance) {
    Part part{"random_subset", {{"subset", "2"}}, instance, 6'000};
    const std::vector<std::uint32_t> members = part.over(6).picks(2);
    ++first[members[0]];
    for (const std::uint32_t endpoint : members) ++chosen[endpoint];
    if (instance >= 50) continue;
    Numbers rest;
    for (std::uint32_t i = 0; i < 6; ++i)
      if (i != members[0]) rest.push_back(i);
    const std::set<std::uint32_t> later = part.over(6, rest).members();
    CHECK(later.count(members[1]) == 1);
    others += later.size();
  }
  CHECK(others == 100);
  CHECK(chi_square(first, std::vector<double>(6, 1.0 / 6)).fits());
  CHECK(std::accumulate(chosen.begin(), chosen.end(), std::int64_t{0}) == 12'000);
  CHECK_FALSE(chi_square(first, {0.2, 0.16, 0.16, 0.16, 0.16, 0.16}).fits());
}

TEST_CASE("aperture: whole instances long, from an instance's place on, by overlap", "[statistical]") {
  // A ring of 12: three instances of 4, four endpoints of 3. Two endpoints are 6 long, two instances 8.
  const Parameters two = {{"least", "2"}};
  Part first{"aperture", two, 0, 3};
  first.over(4);
  CHECK(first.members() == std::set<std::uint32_t>{0, 1, 2});  // 3, 3 and 2 of 8
  const auto shares = [](Part& part) {
    std::vector<std::int64_t> counts(4, 0);
    for (const std::uint32_t endpoint : part.picks(kPicks)) ++counts[endpoint];
    return counts;
  };
  std::vector<std::int64_t> counts = shares(first);
  CHECK(chi_square({counts[0], counts[1], counts[2]}, {3.0 / 8, 3.0 / 8, 2.0 / 8}).fits());
  CHECK_FALSE(chi_square({counts[0], counts[1], counts[2]}, {0.36, 0.36, 0.28}).fits());
  Part last{"aperture", two, 2, 3};
  last.over(4);
  counts = shares(last);  // from 8 to 16: 1 of endpoint 2, all of 3 and 0, 1 of 1
  CHECK(chi_square(counts, {3.0 / 8, 1.0 / 8, 1.0 / 8, 3.0 / 8}).fits());
}

TEST_CASE("aperture picks the less busy of two different endpoints, for their overlaps", "[statistical]") {
  Part part{"aperture", {{"least", "2"}}, 0, 3};
  part.over(4);
  part.balancer().started(0);
  std::vector<std::int64_t> counts(4, 0);
  for (const std::uint32_t endpoint : part.picks(kPicks)) ++counts[endpoint];
  CHECK(counts[0] == 0);  // 1 (3/8 as second or itself first) and 2
  CHECK(chi_square({counts[1], counts[2]}, {0.6, 0.4}).fits());
  CHECK_FALSE(chi_square({counts[1], counts[2]}, {0.57, 0.43}).fits());
  // 3 requests in an overlap of 3 are as busy as 2 in one of 2, and busier than 2 in one of 3.
  for (int i = 0; i < 2; ++i) part.balancer().started(0);
  for (int i = 0; i < 2; ++i) part.balancer().started(1);
  for (int i = 0; i < 2; ++i) part.balancer().started(2);
  counts.assign(4, 0);
  for (const std::uint32_t endpoint : part.picks(kPicks)) ++counts[endpoint];
  // First drawn wins among 0 and 2: 3/8 2/5 and 2/8 1/2; 1 wins every pair of its own: 3/8 + 3/8 3/5 + 2/8 1/2.
  CHECK(chi_square({counts[0], counts[1], counts[2]}, {0.15, 0.725, 0.125}).fits());
}

TEST_CASE("all apertures together see all endpoints alike, and a single one the whole ring", "[statistical]") {
  for (const auto& [instances, endpoints, least] :
       {std::tuple{3u, 4u, 2u}, {7u, 5u, 3u}, {4u, 10u, 12u}, {1u, 40u, 12u}, {9u, 30u, 12u}}) {
    const auto seen_by = [&, n = endpoints, all = instances, at_least = least](std::uint32_t some) {
      std::vector<std::int64_t> counts(n, 0);
      for (std::uint32_t instance = 0; instance < some; ++instance) {
        Part part{"aperture", {{"least", std::to_string(at_least)}}, instance, all};
        for (const std::uint32_t endpoint : part.over(n).picks(20'000)) ++counts[endpoint];
        CHECK(part.members().size() >= (all == 1 ? n : std::min(at_least, n)));
      }
      return counts;
    };
    const std::vector<double> even(endpoints, 1.0 / endpoints);
    CHECK(chi_square(seen_by(instances), even).fits());
    if (instances == 3) CHECK_FALSE(chi_square(seen_by(2), even).fits());  // the twin: one of them is not there
  }
}

}  // namespace towtank::test
