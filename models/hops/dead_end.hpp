#pragma once

#include "models/request/hop.hpp"

namespace towtank {

/// Where packets arrive that nobody takes: a port on which nothing listens answers with a reset, an address that leads
/// nowhere not at all; a listener that does not understand what comes takes the connection and cuts it.
class DeadEnd final : public Hop {
 public:
  /// @param how  it answers
  explicit DeadEnd(bool answers, Outcome how = Outcome::refused) : answers_{answers}, how_{how} {}

  Step on_request(Request&, Frame&, Time) override { return answers_ ? Step::reply(how_) : Step::lost(); }

 private:
  bool answers_;
  Outcome how_;
};

}  // namespace towtank
