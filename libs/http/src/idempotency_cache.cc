#include "idempotency_cache.h"

namespace tidemill::http {

IdempotencyCache::Claim IdempotencyCache::Begin(const std::string& key, const std::string& fingerprint, Time now,
                                                std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  DropOld(now);
  const auto [found, first] = entries_.try_emplace(key, Entry{fingerprint, nullptr});
  if (first) return std::shared_ptr<const Answer>();
  if (found->second.fingerprint != fingerprint) return Refusal::kDiffers;

  std::shared_ptr<const Answer> answer = found->second.answer;
  const bool settled = answer != nullptr || changed_.wait_for(lock, patience, [&] {
    const auto entry = entries_.find(key);
    if (entry == entries_.end()) return true;
    answer = entry->second.answer;
    return answer != nullptr;
  });
  if (!settled) return Refusal::kRunning;
  // Abandoned meanwhile: this request takes the first one's place, unless another waiter did.
  if (answer == nullptr && !entries_.try_emplace(key, Entry{fingerprint, nullptr}).second) return Refusal::kRunning;
  return answer;
}

void IdempotencyCache::Finish(const std::string& key, Answer answer, Time now) {
  const std::lock_guard lock(mutex_);
  const std::size_t bytes = answer.body.size() + 2 * key.size();
  entries_[key].answer = std::make_shared<const Answer>(std::move(answer));
  finished_.push_back({now, key, bytes});
  bytes_ += bytes;
  DropOld(now);
  changed_.notify_all();
}

void IdempotencyCache::Abandon(const std::string& key) {
  const std::lock_guard lock(mutex_);
  entries_.erase(key);
  changed_.notify_all();
}

void IdempotencyCache::DropOld(Time now) {
  // The newest stays whatever its size: its client may be about to retry.
  while (!finished_.empty() &&
         (now - finished_.front().time > keep_ || (bytes_ > max_bytes_ && finished_.size() > 1))) {
    bytes_ -= finished_.front().bytes;
    entries_.erase(finished_.front().key);
    finished_.pop_front();
  }
}

}  // namespace tidemill::http
