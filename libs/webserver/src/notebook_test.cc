#include "notebook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tidemill/base/error.h>

namespace tidemill::webserver {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(NotebookTest, ShowsSourcesAndOutputs) {
  const std::string page = NotebookPage(R"json({"cells": [
      {"cell_type": "markdown", "source": ["# A & ", "B"]},
      {"cell_type": "code", "source": "print(1 < 2)", "outputs": [
        {"output_type": "stream", "text": ["True\n"]},
        {"output_type": "error", "traceback": ["boom"]},
        {"output_type": "display_data", "data": {"image/png": "aGk=\n", "text/plain": "<Figure>"}}]}]})json");
  EXPECT_THAT(page, HasSubstr("<pre class=\"text\"># A &amp; B</pre>"));
  EXPECT_THAT(page, HasSubstr("<pre class=\"code\">print(1 &lt; 2)</pre>\n<pre class=\"output\">True\n</pre>"));
  EXPECT_THAT(page, HasSubstr("<pre class=\"error\">boom</pre>"));
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,aGk=\n\""));
}

TEST(NotebookTest, LetsNoMarkupThrough) {
  const std::string page = NotebookPage(R"({"cells": [{"cell_type": "code", "source": "<script>", "outputs": [
      {"data": {"text/html": "<script>1</script>", "image/png": "\"><script>", "text/plain": "<i>"}}]}]})");
  EXPECT_THAT(page, Not(HasSubstr("<script>")));
  EXPECT_THAT(page, HasSubstr("&lt;i&gt;"));
}

TEST(NotebookTest, RefusesWhatIsNoNotebook) {
  EXPECT_THROW(NotebookPage("{}"), Error);
  EXPECT_THROW(NotebookPage("[]"), Error);
  http::Request request;
  request.query = "path=a.txt&repoLocName=l";
  EXPECT_EQ(AnswerNotebook(request, {}).status, 400);
  request.query = "path=a.ipynb&repoLocName=l";
  EXPECT_EQ(AnswerNotebook(request, [](const auto&, const auto&) { return "{\"cells\": []}"; }).status, 200);
}

}  // namespace
}  // namespace tidemill::webserver
