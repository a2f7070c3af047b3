from envnames import env_name


class TestEnvName:
    def test_dots_become_underscores(self):
        assert env_name("server.port") == "SERVER_PORT"

    def test_dashes_become_underscores(self):
        assert env_name("log-level") == "LOG_LEVEL"

    def test_both(self):
        assert env_name("server.http-timeout.read") == "SERVER_HTTP_TIMEOUT_READ"

    def test_prefix(self):
        assert env_name("debug", prefix="myapp") == "MYAPP_DEBUG"
        assert env_name("db.url", prefix="my-app") == "MY_APP_DB_URL"

    def test_underscores_and_digits_stay(self):
        assert env_name("s3.bucket_name") == "S3_BUCKET_NAME"
