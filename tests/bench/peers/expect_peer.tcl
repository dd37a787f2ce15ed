# Tcl Expect, one measurement in each process.
#
#     expect_peer.tcl stream COUNT PATTERN... PROGRAM ARGUMENT...
#     expect_peer.tcl round-trips COUNT
#     expect_peer.tcl spawn COUNT
#     expect_peer.tcl idle MILLISECONDS
#
# Answers are lines of a name and a number. There is no offset among them: of what came before a
# match, expect keeps the last 2,000 bytes (match_max) and counts nothing.
log_user 0
set pong {ping-\d+-pong\r\n}
set warm_up 20

# CPU time of this process so far, in seconds.
proc cpu {} {
    set file [open /proc/self/schedstat]
    set nanoseconds [lindex [read $file] 0]
    close $file
    return [expr {$nanoseconds / 1e9}]
}

# The largest resident size so far, in bytes.
proc resident {} {
    set file [open /proc/self/status]
    set text [read $file]
    close $file
    regexp {VmHWM:\s+(\d+)} $text -> kib
    return [expr {$kib * 1024}]
}

proc seconds_since {started} {
    return [expr {([clock microseconds] - $started) / 1e6}]
}

proc stream {patterns program} {
    set timeout -1
    set clauses {}
    set index 0
    foreach pattern $patterns {
        lappend clauses -re $pattern [list set hit $index]
        incr index
    }
    lappend clauses eof {set hit none}
    set started [clock microseconds]
    spawn -noecho {*}$program
    expect {*}$clauses
    puts "seconds [seconds_since $started]"
    if {$hit eq "none"} { error "no match" }
    puts "pattern $hit"
    puts "length [string length $expect_out(0,string)]"
    puts "cpu [cpu]"
    puts "resident [resident]"
}

proc round_trips {count} {
    global pong warm_up
    set timeout 30
    set stty_init -echo
    spawn -noecho cat
    for {set number 0} {$number < $warm_up + $count} {incr number} {
        set line [format "ping-%06d-pong" $number]
        set started [clock microseconds]
        send "$line\n"
        expect -re $pong
        set seconds [seconds_since $started]
        if {$expect_out(0,string) ne "$line\r\n"} { error "another answer" }
        if {$number >= $warm_up} { puts "sample $seconds" }
    }
}

proc run {count} {
    set timeout 30
    for {set number 0} {$number < $count} {incr number} {
        set started [clock microseconds]
        spawn -noecho true
        expect eof
        catch close
        wait
        puts "sample [seconds_since $started]"
    }
}

# Whole seconds are all that expect can wait for.
proc idle {milliseconds} {
    global pong
    set timeout [expr {($milliseconds + 999) / 1000}]
    set before [cpu]
    set started [clock microseconds]
    spawn -noecho cat
    expect -re $pong { error "did not wait" } timeout {}
    puts "cpu [expr {[cpu] - $before}]"
    puts "seconds [seconds_since $started]"
}

set rest [lassign $argv case count]
switch -- $case {
    stream { stream [lrange $rest 0 $count-1] [lrange $rest $count end] }
    round-trips { round_trips $count }
    spawn { run $count }
    idle { idle $count }
    default { error "no case $case" }
}
