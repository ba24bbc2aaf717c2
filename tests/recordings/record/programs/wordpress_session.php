<?php
// SPDX-License-Identifier: Apache-2.0
// WordPress: installation, posts, pages, comments, terms, users, options, queries, search, cron,
// exports, and its pages rendered as a visitor would ask for them.
$place = $argv[1];
$folder = getenv("FOLDER");
$_SERVER += ["HTTP_HOST" => "localhost", "REQUEST_URI" => "/", "REQUEST_METHOD" => "GET", "SERVER_PROTOCOL" => "HTTP/1.1",
             "REMOTE_ADDR" => "127.0.0.1", "HTTP_USER_AGENT" => "session"];
define("DB_NAME", "app"); define("DB_USER", "root"); define("DB_PASSWORD", ""); define("DB_HOST", "127.0.0.1:" . getenv("PORT"));
define("DB_CHARSET", "utf8mb4"); define("DB_COLLATE", "");
foreach (["AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY", "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT"] as $key) define($key, "x$key");
define("WP_CONTENT_DIR", "$folder/content"); define("WP_HTTP_BLOCK_EXTERNAL", true); define("DISABLE_WP_CRON", true); define("ABSPATH", "$place/");
define("WP_DEBUG", false); define("WP_DISABLE_FATAL_ERROR_HANDLER", true);
mkdir("$folder/content/themes/plain", 0777, true); mkdir("$folder/content/plugins", 0777, true); mkdir("$folder/content/uploads", 0777, true);
file_put_contents("$folder/content/themes/plain/style.css", "/*\nTheme Name: Plain\n*/");
file_put_contents("$folder/content/themes/plain/index.php", "<?php while (have_posts()) { the_post(); the_title(); the_content(); comments_template(); the_tags(); the_category(); } wp_list_pages(); wp_list_categories(); wp_get_archives(); wp_tag_cloud(); get_calendar(); previous_posts_link(); adjacent_posts_rel_link_wp_head();");
file_put_contents("$folder/content/themes/plain/comments.php", "<?php wp_list_comments();");
$table_prefix = "wp_";
define("WP_DEFAULT_THEME", "plain");
define("WP_INSTALLING", true);
require "$place/wp-settings.php";
require_once "$place/wp-admin/includes/upgrade.php";
function wp_mail() { return true; }
error_reporting(E_ERROR);
$wpdb->suppress_errors(true);
wp_install("It's a blog", "boss", "boss@example.org", true, "", "secret");
wp_installing(false);
require_once "$place/wp-admin/includes/admin.php";
$wpdb->suppress_errors(true);
update_option("permalink_structure", "/%year%/%postname%/"); flush_rewrite_rules();
$user = wp_insert_user(["user_login" => "o'hara", "user_pass" => "x", "user_email" => "o@example.org", "role" => "editor"]);
wp_set_current_user(1);
$category = wp_insert_term("News \"and\" more", "category"); wp_insert_term("Below", "category", ["parent" => $category["term_id"]]);
for ($n = 0; $n < 4; $n++)
    $posts[] = wp_insert_post(["post_title" => "Post $n – it's", "post_content" => "Text \\ with 'quotes' <!--more--> [gallery]", "post_status" => "publish", "post_author" => $user,
                               "tags_input" => ["red", "blue$n"], "post_category" => [$category["term_id"]], "meta_input" => ["price" => $n, "colour" => "r'd"]]);
$page = wp_insert_post(["post_type" => "page", "post_title" => "About", "post_status" => "publish", "menu_order" => 3]);
$draft = wp_insert_post(["post_title" => "Draft", "post_status" => "draft"]);
foreach ($posts as $post) wp_insert_comment(["comment_post_ID" => $post, "comment_content" => "It's good", "comment_author" => "x", "comment_approved" => 1]);
wp_update_post(["ID" => $posts[0], "post_title" => "Changed", "post_status" => "private"]); wp_trash_post($posts[1]); wp_untrash_post($posts[1]); wp_delete_post($draft, true);
update_post_meta($posts[2], "price", 99); delete_post_meta($posts[2], "colour"); delete_post_meta_by_key("none"); update_user_meta($user, "k", ["a" => 1]);
set_transient("t", "v", 60); get_transient("t"); delete_transient("t"); delete_expired_transients(true); update_option("big", str_repeat("x", 100), false); delete_option("big"); add_option("new", "1");
$queries = [
    ["s" => "good it's", "orderby" => "relevance"], ["category_name" => "news-and-more", "posts_per_page" => 2, "paged" => 2], ["tag" => "red+blue0"], ["tag_id" => 3, "author_name" => "ohara"],
    ["meta_query" => ["relation" => "OR", ["key" => "price", "value" => 1, "compare" => ">", "type" => "NUMERIC"], ["key" => "colour", "compare" => "NOT EXISTS"], ["key" => "price", "value" => [1, 3], "compare" => "BETWEEN", "type" => "DECIMAL(10,2)"], ["key" => "colour", "value" => "r", "compare" => "LIKE"], ["key" => "colour", "value" => "^r", "compare" => "REGEXP"], ["key" => "price", "value" => ["1", "2"], "compare" => "IN"]]],
    ["tax_query" => ["relation" => "AND", ["taxonomy" => "category", "field" => "slug", "terms" => ["news-and-more"], "include_children" => true], ["taxonomy" => "post_tag", "operator" => "NOT IN", "field" => "name", "terms" => ["blue3"]], ["taxonomy" => "post_tag", "operator" => "EXISTS"]]],
    ["date_query" => [["after" => "2020-01-01", "before" => ["year" => 2099], "inclusive" => true], ["hour" => 3, "compare" => ">="], ["dayofweek" => [2, 6], "compare" => "BETWEEN"], ["week" => 3]]], ["year" => 2024, "monthnum" => 2, "day" => 3], ["orderby" => ["meta_value_num" => "DESC", "title" => "ASC"], "meta_key" => "price"],
    ["orderby" => "rand", "post__not_in" => [1], "post_status" => "any"], ["post_type" => ["post", "page"], "fields" => "ids", "no_found_rows" => true], ["post_parent__in" => [0], "orderby" => "menu_order"], ["author__not_in" => [1], "comment_count" => ["value" => 1, "compare" => ">="]], ["name" => "post-2-its"], ["page_id" => $page], ["p" => $posts[2]], ["perm" => "readable", "has_password" => false], ["orderby" => "post__in", "post__in" => $posts], ["m" => "202401"], ["offset" => 1, "posts_per_page" => 1, "orderby" => "comment_count"],
];
foreach ($queries as $query) (new WP_Query($query))->get_posts();
foreach ([["search" => "*o'h*", "search_columns" => ["user_login", "user_email"]], ["role__in" => ["editor", "author"], "orderby" => "post_count"], ["meta_key" => "k", "fields" => "ids", "has_published_posts" => true], ["orderby" => ["login" => "ASC", "registered" => "DESC"], "number" => 1, "paged" => 1], ["capability" => "edit_posts"]] as $query) (new WP_User_Query($query))->get_results();
foreach ([["search" => "good"], ["post_author" => $user, "hierarchical" => "threaded"], ["count" => true, "status" => "approve"], ["orderby" => "comment_post_ID", "number" => 2], ["meta_query" => [["key" => "z", "compare" => "NOT EXISTS"]]], ["type__not_in" => ["pings"], "date_query" => [["after" => "2020-01-01"]]]] as $query) get_comments($query);
foreach ([["hide_empty" => false, "search" => "e"], ["taxonomy" => "post_tag", "name__like" => "r", "orderby" => "count"], ["object_ids" => $posts, "fields" => "all_with_object_id"], ["taxonomy" => "category", "pad_counts" => true, "hierarchical" => true, "childless" => true], ["taxonomy" => "category", "meta_key" => "x", "exclude_tree" => [1]]] as $query) get_terms($query + ["taxonomy" => "category"]);
wp_count_posts(); wp_count_comments(); wp_count_attachments(); count_users(); get_pages(["sort_column" => "menu_order,post_title"]); get_adjacent_post(); wp_get_recent_posts(); get_posts_by_author_sql("post"); get_page_by_path("about"); get_page_by_title("About"); url_to_postid("/2024/post-2-its/"); wp_get_nav_menus(); wp_delete_term($category["term_id"], "category"); get_lastpostmodified(); wp_unique_post_slug("a", 1, "publish", "post", 0); wp_authenticate("boss", "secret"); wp_authenticate("boss", "wrong"); wp_get_archives(["type" => "monthly", "echo" => false]); wp_get_archives(["type" => "weekly", "echo" => false]);
wp_set_comment_status(1, "spam"); wp_delete_comment(1, true); wp_schedule_single_event(time() - 5, "hook"); spawn_cron(); wp_save_post_revision($posts[2]); wp_get_post_revisions($posts[2]); wp_create_user_request("o@example.org", "export_personal_data"); retrieve_password("boss"); wp_generate_user_request_key(1); check_comment("a", "a@b.c", "", "text", "1.2.3.4", "x", ""); wp_allow_comment(["comment_post_ID" => $posts[2], "comment_author" => "x", "comment_author_email" => "", "comment_content" => "It's good", "comment_date_gmt" => "2024-01-01", "comment_author_IP" => "1.2.3.4", "comment_type" => "comment", "comment_author_url" => "", "comment_agent" => "", "comment_parent" => 0], true);
$wpdb->get_var($wpdb->prepare("SELECT COUNT(*) FROM $wpdb->posts WHERE post_title LIKE %s AND ID > %d AND menu_order < %f", "%" . $wpdb->esc_like("50%_it's") . "%", 1, 2.5)); $wpdb->replace($wpdb->options, ["option_name" => "r", "option_value" => null]); $wpdb->update($wpdb->options, ["option_value" => null], ["option_name" => "r"]); $wpdb->delete($wpdb->options, ["option_name" => "r"]);
dbDelta("CREATE TABLE {$wpdb->prefix}extra (\n id bigint(20) unsigned NOT NULL auto_increment,\n name varchar(20) default '' NOT NULL,\n PRIMARY KEY  (id),\n KEY name (name)\n) " . $wpdb->get_charset_collate()); dbDelta("CREATE TABLE {$wpdb->prefix}extra (\n id bigint(20) unsigned NOT NULL auto_increment,\n name varchar(60) default '' NOT NULL,\n more text,\n PRIMARY KEY  (id),\n KEY name (name),\n KEY more (more(10))\n)");
wp_upgrade(); maybe_convert_table_to_utf8mb4("{$wpdb->prefix}extra"); pre_schema_upgrade(); upgrade_all();
require_once "$place/wp-admin/includes/export.php"; ob_start(); export_wp(["content" => "all"]); ob_end_clean();
require_once "$place/wp-admin/includes/class-wp-debug-data.php"; WP_Debug_Data::debug_data(); WP_Debug_Data::get_database_size();
ob_start();
foreach (["/", "/?s=it%27s", "/?cat=1", "/?p={$posts[2]}", "/?author=1", "/?m=202401", "/?feed=rss2", "/?page_id=$page", "/?tag=red", "/?paged=2"] as $url) { $_SERVER["REQUEST_URI"] = $url; parse_str(parse_url($url, PHP_URL_QUERY) ?? "", $_GET); wp(); try { include "$folder/content/themes/plain/index.php"; do_feed_rss2(false); } catch (Throwable $e) {} }
foreach (["/wp/v2/posts?search=it&per_page=2&orderby=title", "/wp/v2/users", "/wp/v2/categories?hide_empty=1", "/wp/v2/comments", "/wp/v2/search?search=a", "/wp/v2/pages", "/wp/v2/taxonomies"] as $route) { $r = new WP_REST_Request("GET", strtok($route, "?")); parse_str(parse_url($route, PHP_URL_QUERY) ?? "", $q); $r->set_query_params($q); rest_do_request($r); }
ob_end_clean();
wp_delete_user($user, 1);
echo "\nWordPress $wp_version\n";
