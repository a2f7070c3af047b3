"""Chat templates of the shapes that models come with, and conversations to render with them."""

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

LLAMA2 = """\
{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}\
{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}\
{% set system_message = false %}{% endif %}{% for message in loop_messages %}\
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}\
{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}\
{% endif %}{% if loop.index0 == 0 and system_message != false %}\
{% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}\
{% else %}{% set content = message['content'] %}{% endif %}\
{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}\
{% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}\
{% endfor %}"""

LLAMA3 = """\
{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content'] | trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\nToday Date: " + date_string + "\\n\\n" }}
{%- if tools is not none %}
    {{- "You have access to the following functions:\\n\\n" }}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
{%- endif %}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}
        {{- message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls | length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", "parameters": ' }}
        {{- tool_call.arguments | tojson + "}<|eot_id|>" }}
    {%- else %}
        {{- "<|start_header_id|>ipython<|end_header_id|>\\n\\n" }}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
        {{- "<|eot_id|>" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
"""

QWEN25 = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0]['role'] == 'system' %}
        {{- messages[0]['content'] }}
    {%- else %}
        {{- 'You are a helpful assistant.' }}
    {%- endif %}
    {{- "\\n\\n# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- elif messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) or (message.role == "assistant" and not message.tool_calls) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {{- '<|im_start|>' + message.role }}
        {%- if message.content %}
            {{- '\\n' + message.content }}
        {%- endif %}
        {%- for tool_call in message.tool_calls %}
            {%- if tool_call.function is defined %}
                {%- set tool_call = tool_call.function %}
            {%- endif %}
            {{- '\\n<tool_call>\\n{"name": "' }}
            {{- tool_call.name }}
            {{- '", "arguments": ' }}
            {{- tool_call.arguments | tojson }}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if (loop.index0 == 0) or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' + message.content + '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}
"""

QWEN3 = """\
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if message.role != "assistant" %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- else %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index and (loop.last or reasoning_content) %}
            {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}"""

SMOLLM2 = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant named SmolLM<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)

SMOLLM3 = """\
{# defaults #}
{%- if enable_thinking is not defined -%}
{%- set enable_thinking = true -%}
{%- endif -%}
{%- set reasoning_mode = "/think" if enable_thinking else "/no_think" -%}
{{- "<|im_start|>system\\n## Metadata\\n\\nToday Date: " ~ strftime_now("%d %B %Y") ~ "\\nReasoning Mode: " ~ reasoning_mode ~ "\\n\\n" -}}
{%- if messages[0].role == "system" -%}
  {{- messages[0].content.replace("/no_think", "").replace("/think", "").rstrip() + "\\n\\n" -}}
{%- endif -%}
{%- if xml_tools or tools -%}
  {%- set ns = namespace(xml_tool_string="You may call one or more functions:\\n\\n<tools>\\n") -%}
  {%- for tool in (xml_tools or tools)[:] -%}
    {%- set ns.xml_tool_string = ns.xml_tool_string ~ (tool | string) ~ "\\n" -%}
  {%- endfor -%}
  {{- ns.xml_tool_string + "</tools>\\n" -}}
{%- endif -%}
{{- "<|im_end|>\\n" -}}
{%- for message in messages -%}
    {%- set content = message.content if message.content is string else "" -%}
    {%- if message.role == "user" -%}
        {{ "<|im_start|>" + message.role + "\\n" + content + "<|im_end|>\\n" }}
    {%- elif message.role == "assistant" -%}
        {% generation %}
        {%- if reasoning_mode == "/think" -%}
            {{ "<|im_start|>assistant\\n" + content.lstrip("\\n") + "<|im_end|>\\n" }}
        {%- else -%}
            {{ "<|im_start|>assistant\\n" + "<think>\\n\\n</think>\\n" + content.lstrip("\\n") + "<|im_end|>\\n" }}
        {%- endif -%}
        {% endgeneration %}
    {%- elif message.role == "tool" -%}
    {{ "<|im_start|>user\\n" + content + "<|im_end|>\\n" }}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{ "<|im_start|>assistant\\n" if reasoning_mode == "/think" else "<|im_start|>assistant\\n<think>\\n\\n</think>\\n" }}
{%- endif -%}"""

DEEPSEEK = """\
{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}\
{% if not thinking is defined %}{% set thinking = false %}{% endif %}\
{% set ns = namespace(is_first=false, is_tool=false, system_prompt='', is_last_user=false) %}\
{%- for message in messages %}{%- if message['role'] == 'system' %}\
{% set ns.system_prompt = ns.system_prompt + message['content'] %}{%- endif %}{%- endfor %}\
{{ bos_token }}{{ ns.system_prompt }}{%- for message in messages %}\
{%- if message['role'] == 'user' %}{%- set ns.is_last_user = true -%}\
{{ '<｜User｜>' + message['content'] }}{%- endif %}\
{%- if message['role'] == 'assistant' and message['content'] is defined %}\
{%- if ns.is_last_user %}{{ '<｜Assistant｜>' }}{%- endif %}{%- set ns.is_last_user = false -%}\
{%- if message['prefix'] is defined and message['prefix'] and thinking %}{{ '<think>' }}\
{%- else %}{{ '</think>' }}{%- endif %}{%- set content = message['content'] -%}\
{%- if '</think>' in content %}{%- set content = content.split('</think>', 1)[1] -%}{%- endif %}\
{{ content + '<｜end▁of▁sentence｜>' }}{%- endif %}{%- endfor -%}\
{%- if add_generation_prompt and ns.is_last_user %}{{ '<｜Assistant｜>' }}\
{%- if not thinking %}{{ '</think>' }}{%- else %}{{ '<think>' }}{%- endif %}{% endif %}"""

MISTRAL = """\
{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace(index=0) %}
{%- for message in loop_messages %}
    {%- if message.role == "tool" or message.tool_calls is defined %}
        {%- continue %}
    {%- endif %}
    {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
        {{- raise_exception("After the optional system message, roles must alternate") }}
    {%- endif %}
    {%- set ns.index = ns.index + 1 %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val | tojson }}
                    {%- endif %}
                    {%- if not loop.last %}{{- ", " }}{%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}{{- ", " }}{%- else %}{{- "]" }}{%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message["role"] == "assistant" and message.content %}
        {{- " " + message["content"] | trim + eos_token }}
    {%- endif %}
{%- endfor %}
"""

GEMMA = """\
{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '\\n\\n' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model\\n'}}
{%- endif -%}
"""

PHI = (
    "{% for message in messages %}{% if message['role'] == 'system' and 'tools' in message and"
    " message['tools'] is not none %}{{ '<|' + message['role'] + '|>' + message['content'] +"
    " '<|tool|>' + message['tools'] + '<|/tool|>' + '<|end|>' }}{% else %}{{ '<|' +"
    " message['role'] + '|>' + message['content'] + '<|end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% else %}{{ eos_token }}{% endif %}"
)

ZEPHYR = """\
{% for message in messages %}
{% if message['role'] == 'user' %}
{{ '<|user|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'system' %}
{{ '<|system|>\\n' + message['content'] + eos_token }}
{% elif message['role'] == 'assistant' %}
{{ '<|assistant|>\\n'  + message['content'] + eos_token }}
{% endif %}
{% if loop.last and add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}
{% endfor %}"""

HERMES = """\
{%- macro json_to_python_type(spec) %}
    {%- set basic = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"} %}
    {%- if basic[spec.type] is defined %}
        {{- basic[spec.type] }}
    {%- elif spec.type == "array" %}
        {{- "list[" + json_to_python_type(spec|items|list|first|last|default({}) if false else spec.get('items', {})) + "]" }}
    {%- elif spec.type is iterable and spec.type is not string %}
        {%- for t in spec.type %}{{- json_to_python_type({"type": t}) }}{%- if not loop.last %}{{- "|" }}{%- endif %}{%- endfor %}
    {%- else %}
        {{- "Any" }}
    {%- endif %}
{%- endmacro %}
{{- bos_token }}
{{- "<|im_start|>system\\nYou are a function calling AI model. <tools> " }}
{%- for tool in tools or [] %}
    {%- if tool.function is defined %}
        {%- set tool = tool.function %}
    {%- endif %}
    {{- '{"type": "function", "function": ' ~ '{"name": "' + tool.name + '", ' }}
    {{- '"description": "' + tool.name + '(' }}
    {%- for param_name, param_fields in tool.parameters.properties|items %}
        {{- param_name + ": " + json_to_python_type(param_fields) }}
        {%- if not loop.last %}{{- ", " }}{%- endif %}
    {%- endfor %}
    {{- ")" }}
    {{- '", "parameters": ' }}
    {{- tool.parameters | tojson if tool.parameters.properties | length else "{}" }}
    {{- "}" }}{%- if not loop.last %}{{- "\\n" }}{%- endif %}
{%- endfor %}
{{- " </tools><|im_end|>\\n" }}
{%- for message in messages %}
    {%- if message.role == "assistant" and message.tool_calls is defined %}
        {{- "<|im_start|>assistant" }}
        {%- for tool_call in message.tool_calls %}
            {{- "\\n<tool_call>\\n" ~ tool_call.function.arguments | tojson(sort_keys=true) ~ "\\n</tool_call>" }}
        {%- endfor %}
        {{- "<|im_end|>\\n" }}
    {%- elif message.role == "tool" %}
        {%- if loop.previtem and loop.previtem.role != "tool" %}{{- "<|im_start|>tool\\n" }}{%- endif %}
        {{- "<tool_response>\\n" ~ message.content }}
        {%- if not loop.last %}{{- "\\n</tool_response>\\n" }}{%- else %}{{- "\\n</tool_response>" }}{%- endif %}
        {%- if not loop.last and loop.nextitem.role != "tool" or loop.last %}{{- "<|im_end|>" }}{%- endif %}
    {%- else %}
        {{- "<|im_start|>" + message.role + "\\n" ~ message.content ~ "<|im_end|>" + "\\n" }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- "<|im_start|>assistant\\n" }}
{%- endif %}
"""

TEMPLATES = {
    "chatml": CHATML,
    "llama2": LLAMA2,
    "llama3": LLAMA3,
    "qwen2.5": QWEN25,
    "qwen3": QWEN3,
    "smollm2": SMOLLM2,
    "smollm3": SMOLLM3,
    "deepseek": DEEPSEEK,
    "mistral": MISTRAL,
    "gemma": GEMMA,
    "phi": PHI,
    "zephyr": ZEPHYR,
    "hermes": HERMES,
    "not none": (
        "{% if tools is not none %}Functions:{% for t in tools %} {{ t }}{% endfor %}\n{% endif %}"
        "{% if documents is not none %}Documents below.\n{% endif %}" + CHATML
    ),
    "defined": (
        "{{ bos_token is defined }}{{ pad_token is defined }}{{ sep_token is defined }}"
        "{{ tools is defined }}{{ unheard_of is defined }}{{ unheard_of }}|{{ tools }}"
        "{{ add_generation_prompt }}{{ messages[0].unheard_of }}{{ messages[0]['name'] }}\n"
        + CHATML
    ),
    "generation": (
        "{%- for m in messages -%}{%- set text = m.content ~ '' -%}{%- if m.role == 'assistant' -%}"
        "<|im_start|>a\n {%- generation -%} {% set text = 'changed inside' %} {{ m.content }}"
        "<|im_end|>\n{% endgeneration -%}\n{{ text }}"
        "{%- else -%}<|im_start|>{{ m.role }} {{ text }}<|im_end|>{%- endif -%}{%- endfor -%}"
    ),
    "generation alone": (
        "{% for m in messages %}\n  {% generation %}\n  {{ m.content }}\n  {% endgeneration %}\n"
        "{% endfor %}\n"
    ),
    "json": (
        "{% for m in messages %}{{ m | tojson }}\n{{ m | tojson(indent=2) }}\n"
        "{{ m | tojson(ensure_ascii=True) }}{{ m | tojson(separators=(',', ':')) }}"
        "{{ m | tojson(sort_keys=true, indent='\t') }}{{ m.content | tojson(true, none) }}"
        "{% endfor %}{{ [1, 2.50, true, none, '<&>\\'é'] | tojson }}"
    ),
    "filters": (
        "{{ messages | map(attribute='role') | join(', ') }}\n"
        "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}"
        "{{ messages | rejectattr('role', 'in', ['user', 'system']) | map(attribute='role') | unique"
        " | join('+') }}{% for key, value in messages[-1] | items %}{{ key | upper }}={{ value |"
        " string | trim | capitalize | replace('a', 'b') }};{% endfor %}"
        "{{ (messages | last).role | default('none') }}{{ messages | batch(2) | list | length }}"
        "{{ messages[-1].content | string | wordcount }}{{ messages[0].content | string | length }}"
        "{{ messages | groupby('role') | map(attribute=0) | list }}{{ '%s!' | format('x') }}"
        "{{ messages[-1].content | string | indent(2, true) }}{{ 7 | float }}{{ [3, 1] | sort }}"
    ),
    "methods": (
        "{% for m in messages if m.content is string %}{{ m.content.strip().split('\n')[0].title() }}"
        "{{ m.content.startswith('<') }}{{ m.content.find('é') }}{{ m.content.rsplit(' ', 1) }}"
        "{{ m.content[:7] }}{{ m.content[::-1] }}{{ m.content.count('<|') }}{{ m.get('name', '?') }}"
        "{{ m.content.partition('</think>')[2] }}{{ '{} {}'.format(m.role, loop.index) }}{% endfor %}"
    ),
    "loops": (
        "{% for m in messages %}{% if m.role == 'system' %}{% continue %}{% endif %}"
        "{% if loop.index > 4 %}{% break %}{% endif %}{{ loop.cycle('odd', 'even') }} {{ m.role }}"
        "{{ loop.revindex }}{{ loop.first }}{% for letter in 'abc' %}{% if letter == 'c' %}{% break %}"
        "{% endif %}{{ letter }}{% else %}never{% endfor %}{% else %}nothing{% endfor %}"
        "{% set ns = namespace({'seen': 0}, n=1) %}{% for m in messages %}"
        "{% set ns.seen = ns.seen + 1 %}{% endfor %}{{ ns.seen }}{{ ns.n }}{{ dict(a=1) | items |"
        " list }}{{ range(3) | list }}{{ joiner(',')() }}"
    ),
    "macros": (
        "{% macro turn(role, text='', end='<|im_end|>') -%}<|im_start|>{{ role }} {{ text }}{{ end }}"
        "{{ caller() if caller else '' }}{%- endmacro %}{% for m in messages %}{% call turn(m.role,"
        " m.content) %}[{{ loop.index }}]{% endcall %}{{ turn('x', end='') }}{% endfor %}"
        "{% set block %}<|im_start|>assistant{% endset %}{{ block if add_generation_prompt }}"
        "{% filter upper %}end{% endfilter %}{% with a = 1 %}{{ a }}{% endwith %}{{ a }}"
    ),
    "parts": (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{% if m.content is string %}{{ m.content }}"
        "{% else %}{% for part in m.content %}{% if part.type == 'text' %}{{ part.text }}"
        "{% elif 'image' in part %}<image>{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    ),
    "reasoning": (
        "{% for m in messages %}{{ m.role }}({{ m.reasoning_content }}|{{ m.thinking }}|"
        "{{ m.reasoning }}|{{ m.name }}|{{ 'content' in m }}|{{ m.content is defined }}"
        "|{{ m.keys() | list | sort }}){% endfor %}"
    ),
    "thoughts cut": (
        "{% for m in messages %}{% set c = m.content %}{% if c is string and '</think>' in c %}"
        "{% set c = (c.split('</think>') | last).lstrip('\n') %}{% endif %}{{ m.role }}: {{ c }}"
        "{{ eos_token }}{% endfor %}{% if add_generation_prompt %}a: <think>{% endif %}"
    ),
    "white space": (
        "  \n{#- a comment -#}\n   {% if true %}  \n   kept {% endif %}   \n\n"
        "{%+ if true %} plus {%+ endif -%}\n {% raw %}{{ raw }}{% endraw %}\n\t{{- ' x ' -}}\n"
        "{% for m in messages %}\n    {{ m.content }}\n\n{% endfor %}\n\n"
    ),
    "strict": (
        "{% if messages | length > 3 %}{{ raise_exception('Too many: ' ~ messages | length) }}"
        "{% endif %}{% if messages[0].content is not string %}{{ messages[0].content.absent.deep }}"
        "{% endif %}{{ messages[0].content }}"
    ),
}

TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Weather of a \"place\" <now> & 'later', Zürich",
        "parameters": {
            "type": "object",
            "properties": {
                "place": {"type": "string"},
                "days": {"type": ["integer", "null"]},
                "hours": {"type": "array", "items": {"type": "number"}},
            },
            "required": ["place"],
        },
    },
}
CALL = {
    "id": "a1", "type": "function",
    "function": {"name": "weather", "arguments": {"place": "Zürich", "days": 2}},
}  # fmt: skip


def user(content, **fields):
    return {"role": "user", "content": content, **fields}


def assistant(content, **fields):
    return {"role": "assistant", "content": content, **fields}


SYSTEM = {"role": "system", "content": " Be brief. /no_think\n"}
THOUGHT = "<think>\n2 and 2\nare 4\n</think>\n\n4"

CONVERSATIONS = {
    "question": [user("How many r's are in “strawberry”? <b>é</b> & so on\n")],
    "system": [SYSTEM, user("hi")],
    "turns": [SYSTEM, user("2+2?"), assistant(" 4 "), user("And\n3+3?\n"), assistant("6"), user("9?")],
    "thoughts": [user("2+2?"), assistant(THOUGHT), user("3+3?"), assistant(THOUGHT + "</think>6")],
    "thoughts in the middle": [user("2+2?"), assistant(THOUGHT), user("3+3?")],
    "thoughts apart": [
        user("2+2?"), assistant("4", reasoning_content="2 and\n2"), user("?", name="Ann"),
        assistant("5", reasoning="hm", name=None), user("?"), assistant("5", thinking="so"),
    ],
    "parts": [
        {"role": "system", "content": [{"type": "text", "text": "Be brief."}]},
        user([{"type": "text", "text": "What is "}, {"type": "text", "text": "é?"}]),
    ],
    "tools": [
        user("weather?"), assistant(None, tool_calls=[CALL]),
        {"role": "tool", "name": "weather", "content": '{"sky": "blue"}', "tool_call_id": "a1"},
    ],
    "tools twice": [
        user("weather?"), assistant("", tool_calls=[CALL, CALL]),
        {"role": "tool", "content": "1"}, {"role": "tool", "content": "2"}, assistant("Fine."),
    ],
    "empty": [user("")],
    "only an answer": [assistant("4")],
}  # fmt: skip
