#include "models/kubernetes/lost_lines.hpp"

#include <catch2/catch.hpp>

namespace towtank {
namespace {

std::size_t lost_in(std::string_view text) { return lost_lines(text, {"s.yaml", 1, 1}).size(); }

TEST_CASE("a whole Service has lost nothing", "[unit]") {
  CHECK(
      lost_in(
          "apiVersion: v1\nkind: Service\nmetadata:\n  name: shop\n  labels:\n    app: shop\nspec:\n  type: NodePort\n"
          "  ports:\n  - name: http\n    port: 80\n  selector:\n    app: shop\n") == 0);
  CHECK(lost_in("kind: Service\nmetadata: {name: shop}\nspec: {ports: [{port: 80}]}\n") == 0);
}

TEST_CASE("each lost line is found alone", "[unit]") {
  CHECK(lost_in("kind: Service\n  name: shop\nspec:\n  ports:\n  - port: 80\n  selector:\n    app: shop\n") == 1);
  CHECK(lost_in("kind: Service\nmetadata:\n  name: shop\n  ports:\n  - port: 80\n  selector:\n    app: shop\n") == 1);
  CHECK(lost_in("kind: Service\nmetadata:\n  name: shop\nspec:\n  - port: 80\n  selector:\n    app: shop\n") == 1);
  CHECK(lost_in("kind: Service\nmetadata:\n  name: shop\nspec:\n  ports:\n  - port: 80\n    app: shop\n") == 1);
}

TEST_CASE("other kinds are left alone", "[unit]") {
  CHECK(lost_in("kind: Deployment\n  name: shop\n") == 0);
  CHECK(lost_in("") == 0);
}

}  // namespace
}  // namespace towtank
