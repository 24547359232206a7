"""Makes the golden files of the MCAP reader with the official Python writer (pip install mcap)."""

from pathlib import Path

from mcap.writer import CompressionType, Writer


def make(path, compression):
    with open(path, "wb") as file:
        writer = Writer(file, chunk_size=200, compression=compression)
        writer.start(profile="", library="golden")
        schema = writer.register_schema(name="A", encoding="jsonschema", data=b'{"type":"object"}')
        a = writer.register_channel(topic="/a", message_encoding="json", schema_id=schema)
        b = writer.register_channel(topic="/b", message_encoding="json", schema_id=schema)
        writer.add_metadata("mien", {"seed": "7", "robot": "face"})
        writer.add_attachment(
            create_time=1, log_time=2, name="robot.yaml", media_type="text/yaml", data=b"name: face\n"
        )
        for i in range(12):
            writer.add_message(
                channel_id=a if i % 3 else b, log_time=1000 + i, publish_time=1000 + i, sequence=i, data=b'{"i":%d}' % i
            )
        writer.finish()


here = Path(__file__).parent
make(here / "zstd.mcap", CompressionType.ZSTD)
make(here / "none.mcap", CompressionType.NONE)
make(here / "lz4.mcap", CompressionType.LZ4)
