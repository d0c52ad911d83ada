#include "models/scenario/ignored_part.hpp"

#include <catch2/catch.hpp>

namespace towtank::scenario {
namespace {

using Lines = std::vector<std::string>;

IgnoredPart part(const std::string& object, const std::string& field, const std::string& reason, int line) {
  return {"Deployment", object, field, reason, {"shop.yaml", line, 1}};
}

TEST_CASE("parts of one kind, field and reason are one line; what would matter comes first, with its place", "[unit]") {
  const std::string later = "not modelled yet", off_path = "not on the request path";
  CHECK(summed_up({part("cart", "spec.image", off_path, 3),
                   part("cart", "spec.env", off_path, 4),
                   part("shop", "spec.env", off_path, 13),
                   part("shop", "spec.image", off_path, 14),
                   part("shop", "spec.paused", later, 15),
                   {"", "spec.pods", "", "changes nothing", {"s.yaml", 2, 1}}}) ==
        Lines{"spec.pods: changes nothing (s.yaml:2)", "Deployment/shop spec.paused: not modelled yet (shop.yaml:15)",
              "Deployment/{cart, shop} spec.{env, image}: not on the request path"});
}

TEST_CASE("many names are cut, and other fields are other lines", "[unit]") {
  std::vector<IgnoredPart> parts;
  for (const char* name : {"a", "b", "c", "d", "e", "f"})
    parts.push_back(part(name, "spec.paused", "not modelled yet", 1));
  parts.push_back(part("a", "spec.ordinals", "not modelled yet", 2));
  CHECK(summed_up(parts) == Lines{"Deployment/a spec.{ordinals, paused}: not modelled yet (shop.yaml:1)",
                                  "Deployment/{b, c, d, e, f} spec.paused: not modelled yet (shop.yaml:1, ...)"});
  parts.push_back(part("g", "spec.paused", "not modelled yet", 1));
  CHECK(summed_up(parts).back() ==
        "Deployment/{b, c, d, e and 2 more} spec.paused: not modelled yet (shop.yaml:1, ...)");
  CHECK(summed_up({}).empty());
  CHECK(summed_up({part("a", "annotation x.io/k", "not modelled yet", 0),
                   part("a", "annotation x.io/l", "not modelled yet", 0)}) ==
        Lines{"Deployment/a annotation x.io/{k, l}: not modelled yet"});
}

TEST_CASE("a part tells the object and the field, and no place", "[unit]") {
  CHECK(part("prod/shop", "spec.paused", "not modelled yet", 7).text() ==
        "Deployment/prod/shop spec.paused: not modelled yet");
  CHECK(part("shop", "", "not modelled yet", 7).text() == "Deployment/shop: not modelled yet");
}

}  // namespace
}  // namespace towtank::scenario
