#pragma once

#include <tidemill/model/instigators.h>
#include <tidemill/model/plan_snap.h>

#include "codec.h"

/// Enums that classes of several source files hold.
namespace tidemill::serdes {

template <>
constexpr EnumNames<3> kEnum<model::AssetExecutionType>{"AssetExecutionType",
                                                        {"MATERIALIZATION", "OBSERVATION", "UNEXECUTABLE"}};

template <>
constexpr EnumNames<3> kEnum<model::InstigatorStatus>{"InstigatorStatus", {"RUNNING", "STOPPED", "DECLARED_IN_CODE"}};

}  // namespace tidemill::serdes
