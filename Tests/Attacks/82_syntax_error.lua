-- expect: syntax
while true do
