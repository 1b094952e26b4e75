#pragma once

namespace tidemill::assets {

/// One visitor of a std::variant made of several lambdas.
template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace tidemill::assets
