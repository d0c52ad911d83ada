#pragma once

#include "models/request/hop.hpp"

namespace towtank {

/// Where packets arrive that nobody takes: a port on which nothing listens answers with a reset, an address that leads
/// nowhere not at all.
class DeadEnd final : public Hop {
 public:
  explicit DeadEnd(bool answers) : answers_{answers} {}

  Step on_request(Request&, Frame&, Time) override { return answers_ ? Step::reply(Outcome::refused) : Step::lost(); }

 private:
  bool answers_;
};

}  // namespace towtank
